import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../../../api/client";
import { keys } from "../../../api/keys";
import type { PromotionEntry, Space } from "../../../api/types";
import { Facts } from "../../../components/Card";
import { Drawer } from "../../../components/Drawer";
import { shortDigest } from "../../../components/format";
import { ErrorState, SkeletonLines } from "../../../components/States";
import { Ago, Digest } from "../../../components/Values";
import { RegistryText } from "../../frame/RegistryText";
import { GateReport } from "../../plans/promotion/GateReport";
import styles from "./Record.module.css";
import { eventText } from "./recordText";

/** One entry of the record, with its gates and destinations. */
export function EntryDrawer({
  space,
  sequence,
  onClose,
}: {
  space: Space;
  sequence: number;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const read = useQuery({
    queryKey: [...keys.promotions, "entry", space, sequence],
    queryFn: () => api.promotion({ space, sequence }),
  });
  return (
    <Drawer
      open
      onClose={onClose}
      title={t("record.entry.title", { number: sequence })}
      data-testid="entry-drawer"
    >
      {read.data ? (
        <Entry space={space} entry={read.data} />
      ) : read.error && !read.isFetching ? (
        <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />
      ) : (
        <SkeletonLines lines={6} />
      )}
    </Drawer>
  );
}

function Entry({ space, entry }: { space: Space; entry: PromotionEntry }) {
  const { t } = useTranslation();
  const { path, stage, service, digest, reason, overrideReason, approvers, planHash, destinations } = entry;
  const optional: [string, string | null][] = [
    [t("record.entry.path"), path],
    [t("record.columns.stage"), stage],
    [t("record.columns.service"), service],
    [t("record.entry.reason"), reason],
    [t("record.entry.override"), overrideReason],
    [t("record.entry.approvers"), approvers.length > 0 ? approvers.join(", ") : null],
  ];
  return (
    <div className={styles.entry}>
      <Facts
        facts={[
          { name: t("record.columns.event"), value: eventText(t, entry) },
          { name: t("record.columns.at"), value: <Ago at={entry.at} /> },
          { name: t("record.columns.by"), value: <span className={styles.long}>{entry.by}</span> },
          ...optional.flatMap(([name, value]) =>
            value === null ? [] : [{ name, value: <span className={styles.long}>{value}</span> }],
          ),
          ...(digest === null ? [] : [{ name: t("build.digest"), value: <Digest value={digest} /> }]),
          ...(planHash === null
            ? []
            : [{ name: t("record.entry.planHash"), value: <Digest value={planHash} /> }]),
          { name: t("record.entry.hash"), value: <Digest value={entry.hash} /> },
        ]}
      />
      <section>
        <h3 className={styles.heading}>{t("record.entry.destinations")}</h3>
        {destinations.length > 0 ? (
          <ul className={styles.places}>
            {destinations.map((place) => (
              <li key={`${place.registry} ${place.repository} ${place.tag}`} className={styles.long}>
                <RegistryText space={space} registry={place.registry} />{" "}
                <code>{`${place.repository}${place.tag === null ? "" : `:${place.tag}`}`}</code>
                {place.before !== null && (
                  <span className={styles.muted}>
                    {" "}
                    {t("record.entry.before", { digest: shortDigest(place.before) })}
                  </span>
                )}
              </li>
            ))}
          </ul>
        ) : (
          <p className={styles.muted}>{t("record.entry.noDestinations")}</p>
        )}
      </section>
      {entry.gates.length > 0 && (
        <section>
          <h3 className={styles.heading}>{t("gates.title")}</h3>
          <GateReport gates={entry.gates} />
        </section>
      )}
    </div>
  );
}
