import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys } from "../../api/keys";
import type { PairKey, PairSince } from "../../api/types";
import { CodeBlock } from "../../components/CodeBlock";
import { fileName } from "../../components/fileName";
import { FRESH_FOR } from "../../components/fresh";
import { visible } from "../../components/hidden";
import { ErrorState, SkeletonLines } from "../../components/States";
import { Ago } from "../../components/Values";
import styles from "./Registries.module.css";

/** What changed since the look before, how settings differ, and the image list for the second registry. */
export function FailoverDetails({ pair }: { pair: PairKey }) {
  const { t } = useTranslation();
  const view = useQuery({
    queryKey: [...keys.compared, "since", pair],
    queryFn: () => api.pair({ ...pair, only: [], text: "", offset: 0, limit: 1 }),
    refetchInterval: FRESH_FOR,
  });
  const drift = useQuery({
    queryKey: [...keys.compared, "drift", pair.here, [pair.there]],
    queryFn: () => api.drift({ reference: pair.here, with: [pair.there] }),
  });
  const list = useQuery({
    queryKey: [...keys.compared, "list", pair],
    queryFn: () => api.pairList(pair),
    refetchInterval: FRESH_FOR,
  });
  const settings = drift.data?.places[1];
  return (
    <>
      {view.data?.since && <Since since={view.data.since} />}
      <section className={styles.stack} data-testid="failover-settings">
        <h2>{t("registries.failover.settings")}</h2>
        {drift.error && !drift.isFetching ? (
          <ErrorState error={drift.error} compact onRetry={() => void drift.refetch()} />
        ) : settings ? (
          <p data-testid="failover-drift">{t("registries.failover.drift", { ...settings })}</p>
        ) : (
          <SkeletonLines lines={1} />
        )}
      </section>
      <section className={styles.stack} data-testid="failover-list">
        <h2>{t("registries.failover.list")}</h2>
        {list.error && !list.isFetching ? (
          <ErrorState error={list.error} compact onRetry={() => void list.refetch()} />
        ) : list.data ? (
          <>
            <p className={styles.muted}>
              {t("registries.failover.listText", { count: list.data.images, absent: list.data.absent })}
            </p>
            {list.data.images > 0 && (
              <CodeBlock
                name={t("registries.failover.list")}
                text={list.data.text}
                file={fileName("txt", "images", pair.there.account, pair.there.region)}
                maxHeight={260}
                data-testid="failover-images"
              />
            )}
            <CodeBlock
              name={t("registries.failover.map")}
              text={list.data.map}
              file={fileName("txt", "map", pair.there.account, pair.there.region)}
              data-testid="failover-map"
            />
          </>
        ) : (
          <SkeletonLines lines={3} />
        )}
      </section>
    </>
  );
}

/** What stands otherwise than at the look before. */
function Since({ since }: { since: PairSince }) {
  const { t } = useTranslation();
  const word = (of: PairSince["changes"][number]) => {
    if (of.moved) return t("registries.since.moved");
    const before = of.before ? t(`registries.standing.${of.before}`) : t("registries.since.new");
    const now = of.now ? t(`registries.standing.${of.now}`) : t("registries.since.gone");
    return t("registries.since.became", { before, now });
  };
  return (
    <section className={styles.stack} data-testid="failover-since">
      <h2>
        {t("registries.since.title")} <Ago at={since.at} />
      </h2>
      {since.total === 0 ? (
        <p>{t("registries.since.nothing")}</p>
      ) : (
        <>
          <ul className={styles.list}>
            {since.changes.map((change) => (
              <li key={change.image} data-testid="since-change">
                <code>{visible(change.image)}</code>: {word(change)}
              </li>
            ))}
          </ul>
          {since.total > since.changes.length && (
            <p>{t("registries.since.more", { count: since.total - since.changes.length })}</p>
          )}
        </>
      )}
    </section>
  );
}
