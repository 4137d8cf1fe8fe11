import { useTranslation } from "react-i18next";
import type { RunView } from "../../api/types";
import { Button } from "../../components/Button";
import { Ago, LongName } from "../../components/Values";
import { RegistryName } from "../frame/RegistryName";
import { useReview } from "../plans/PlanProvider";
import styles from "./Runs.module.css";

/** Documents that a run replaced; each can be restored by a separate plan. */
export function RunVersions({ run }: { run: RunView }) {
  const { t } = useTranslation();
  const review = useReview();
  if (run.versions.length === 0) return null;
  return (
    <section className={styles.images}>
      <h3 className={styles.part}>{t("activity.versions")}</h3>
      <ul className={styles.versions}>
        {run.versions.map((version) => (
          <li key={version.id} className={styles.version} data-testid="run-version">
            <span>
              {version.kind}
              {version.name !== undefined && (
                <>
                  {" "}
                  <LongName text={version.name} mono />
                </>
              )}
            </span>
            <RegistryName registry={version.registry} />
            <span className={styles.muted}>
              {t("activity.replaced")} <Ago at={version.at} />
            </span>
            <span className={styles.spread} />
            <Button
              size="small"
              onClick={() => review({ request: { change: "restore", version: version.id } })}
              data-testid="run-restore"
            >
              {t("activity.restore")}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
