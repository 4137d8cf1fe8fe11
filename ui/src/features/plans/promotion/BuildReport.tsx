import { useTranslation } from "react-i18next";
import type { PromotedBuild, PromotedTag, PromotionStanding, Space } from "../../../api/types";
import { type Status, StatusPill } from "../../../components/Badge";
import { Facts } from "../../../components/Card";
import { Notice } from "../../../components/Findings";
import { shortDigest } from "../../../components/format";
import { Prose } from "../../../components/Prose";
import { Digest } from "../../../components/Values";
import { RegistryText } from "../../frame/RegistryText";
import { GateReport } from "./GateReport";
import styles from "./Promotion.module.css";

const looks: Record<PromotionStanding, Status> = {
  go: "complete",
  stopped: "failed",
  held: "interrupted",
  blocked: "failed",
};

/** One build of a promotion: whether it may go, its gates, and what is written where. */
export function BuildReport({ space, build }: { space: Space; build: PromotedBuild }) {
  const { t } = useTranslation();
  const sentences = [
    build.hold,
    build.overridden === null ? null : t("gates.overridden", { reason: build.overridden }),
    build.holds ? t("gates.holds") : null,
  ].filter((text) => text !== null);
  return (
    <article className={styles.build} data-testid={`promoted-${build.service}`}>
      <div className={styles.buildHead}>
        <h4 className={styles.service}>{build.service}</h4>
        {build.tag !== null && <code>{build.tag}</code>}
        <Digest value={build.digest} />
        <StatusPill status={looks[build.standing]}>{t(`gates.standing.${build.standing}`)}</StatusPill>
      </div>
      {build.reason !== null && (
        <p className={styles.muted}>
          <Prose text={build.reason} />
        </p>
      )}
      {sentences.map((text) => (
        <Notice key={text} severity="warning">
          <Prose text={text} />
        </Notice>
      ))}
      <GateReport gates={build.gates} />
      <Facts
        facts={[
          { name: t("gates.source"), value: <span className={styles.long}>{build.source}</span> },
          {
            name: t("gates.before"),
            value: build.before === null ? t("gates.noneBefore") : <Digest value={build.before} />,
          },
        ]}
      />
      <ul className={styles.places} aria-label={t("gates.destinations")}>
        {build.destinations.map((place) => (
          <li key={`${place.registry} ${place.repository}`}>
            <span className={styles.buildHead}>
              <RegistryText space={space} registry={place.registry} />
              <code className={styles.long}>{place.repository}</code>
            </span>
            {place.replicated && <span className={styles.muted}> {t("gates.replicated")}</span>}
            <ul className={styles.tags}>
              {place.tags.map((tag) => (
                <li key={tag.tag}>
                  <code>{tag.tag}</code> <TagChange tag={tag} />
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
      {build.referrers.length > 0 && (
        <p className={styles.muted}>{t("gates.referrers", { count: build.referrers.length })}</p>
      )}
    </article>
  );
}

function TagChange({ tag: { change, from } }: { tag: PromotedTag }) {
  const { t } = useTranslation();
  return (
    <span className={styles.muted}>
      {t(`gates.tagChange.${change}`, { from: from ? shortDigest(from) : "—" })}
    </span>
  );
}
