import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { BuildView } from "../../../api/types";
import { Badge } from "../../../components/Badge";
import { Card, Facts } from "../../../components/Card";
import { CopyButton } from "../../../components/CopyButton";
import { Notice } from "../../../components/Findings";
import { Prose } from "../../../components/Prose";
import { Bytes, Digest } from "../../../components/Values";
import styles from "./Build.module.css";

/** What a build is made of, as far as it could be read. */
export function Contents({ build }: { build: BuildView }) {
  const { t } = useTranslation();
  const { digest, commit, labels, annotations, platforms, referrers, problem, block } = build;
  return (
    <>
      {block !== null && (
        <Notice severity="error">
          <Prose text={block} />
        </Notice>
      )}
      {problem !== null && (
        <Notice severity="warning">
          <Prose text={t("build.problem", { text: problem })} />
        </Notice>
      )}
      <Card title={t("build.identity")}>
        <Facts
          facts={[
            { name: t("build.digest"), value: <Digest value={digest} full /> },
            ...(problem === null || commit !== null
              ? [{ name: t("build.commit"), value: <Commit commit={commit} /> }]
              : []),
          ]}
        />
      </Card>
      {problem === null && (
        <>
          <Card title={t("build.platforms")}>
            <ul className={styles.list}>
              {platforms.map((each) => (
                <li key={each.digest} className={styles.row}>
                  <code>{each.platform}</code>
                  <Digest value={each.digest} />
                  <Bytes value={each.bytes} />
                </li>
              ))}
            </ul>
          </Card>
          <Card title={t("build.labels")}>
            <Named values={labels} none={t("build.noLabels")} />
          </Card>
          <Card title={t("build.annotations")}>
            <Named values={annotations} none={t("build.noAnnotations")} />
          </Card>
          <Card title={t("build.referrers")}>
            {referrers.length > 0 ? (
              <ul className={styles.list}>
                {referrers.map((each) => (
                  <li key={each}>
                    <Digest value={each} />
                  </li>
                ))}
              </ul>
            ) : (
              <p className={styles.muted}>{t("build.noReferrers")}</p>
            )}
          </Card>
        </>
      )}
    </>
  );
}

function Commit({ commit }: { commit: string | null }) {
  const { t } = useTranslation();
  if (commit === null) return <span className={styles.muted}>{t("build.noCommit")}</span>;
  return (
    <span className={styles.row}>
      <code className={styles.long}>{commit}</code>
      <CopyButton text={commit} name={t("build.commit")} />
    </span>
  );
}

function Named({ values, none }: { values: BuildView["labels"]; none: string }): ReactNode {
  const { t } = useTranslation();
  if (values.length === 0) return <p className={styles.muted}>{none}</p>;
  return (
    <dl className={styles.named}>
      {values.map(({ name, value }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {value === "" ? (
              <Badge tone="warning">{t("build.emptyLabel")}</Badge>
            ) : (
              <code className={styles.long}>{value}</code>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
