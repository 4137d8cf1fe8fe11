import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { keys } from "../../api/keys";
import type { DocumentType, RegistryKey } from "../../api/types";
import { Button } from "../../components/Button";
import { ErrorState } from "../../components/States";
import { Ago, LongName } from "../../components/Values";
import { useReview } from "../plans/PlanProvider";
import styles from "./Runs.module.css";

/** The words for the parts of a document that has some. */
const partsOf: Partial<Record<DocumentType, "activity.keptStatements" | "activity.keptRules">> = {
  policy: "activity.keptStatements",
  replication: "activity.keptRules",
  lifecyclePolicy: "activity.keptRules",
};

/** Previous versions of a document, or of all of this type, newest first; each can be restored by a plan. */
export function KeptVersions({ registry, document }: { registry: RegistryKey; document: DocumentType }) {
  const { t } = useTranslation();
  const review = useReview();
  const read = useQuery({
    queryKey: [...keys.keptVersions(registry), document],
    queryFn: () => api.keptVersions({ registry, document }),
  });
  const versions = read.data ?? [];
  const kept = partsOf[document];
  return (
    <section className={styles.images} data-testid="kept-versions">
      <h2 className={styles.part}>{t("activity.keptVersions")}</h2>
      {read.error && <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />}
      {read.data?.length === 0 && <p className={styles.muted}>{t("activity.noKeptVersions")}</p>}
      <ul className={styles.versions}>
        {versions.map(({ version, replacedBy, parts, none }) => (
          <li key={version.id} className={styles.version} data-testid="kept-version">
            <span>
              {version.name !== undefined && <LongName text={version.name} mono />}{" "}
              {none ? t("activity.keptNone") : kept && t(kept, { count: parts })}
            </span>
            <span className={styles.muted}>
              {t("activity.replaced")} <Ago at={version.at} /> · {replacedBy}
            </span>
            <span className={styles.spread} />
            <Button
              size="small"
              onClick={() => review({ request: { change: "restore", version: version.id } })}
              data-testid="kept-restore"
            >
              {t("activity.restore")}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
