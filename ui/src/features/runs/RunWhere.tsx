import { useTranslation } from "react-i18next";
import type { RunView } from "../../api/types";
import { useNameOf } from "../findings/useNameOf";
import { RegistryName } from "../frame/RegistryName";
import styles from "./Runs.module.css";
import { runRegistries } from "./runText";

/** The registries that a run is about: the first, and how many more. */
export function RunWhere({ run }: { run: RunView }) {
  const { t } = useTranslation();
  const nameOf = useNameOf();
  const [first, ...others] = runRegistries(run);
  if (!first) return <>{t("common.none")}</>;
  return (
    <span className={styles.where}>
      <RegistryName registry={first} />
      {others.length > 0 && (
        <span
          className={styles.muted}
          title={others.map((each) => `${nameOf(each) ?? each.account} / ${each.region}`).join("\n")}
          data-testid="run-elsewhere"
        >
          {t("activity.elsewhere", { count: others.length })}
        </span>
      )}
    </span>
  );
}
