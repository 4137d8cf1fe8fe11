import { useTranslation } from "react-i18next";
import type { EngineRuleDriver } from "../../api/types";
import { Badge } from "../../components/Badge";
import { Button } from "../../components/Button";
import { Prose } from "../../components/Prose";
import styles from "./Wizard.module.css";

/** Whether ECR or the engine runs a rule, with the reasons and the change that would make it native. */
export function Driver({
  driver,
  onNative,
}: {
  driver: EngineRuleDriver;
  onNative?: (() => void) | undefined;
}) {
  const { t } = useTranslation();
  return (
    <section
      className={styles.driver}
      aria-label={t("engine.wizard.driver")}
      data-testid="engine-driver"
      data-native={driver.native}
    >
      <Badge tone={driver.native ? "success" : "accent"}>
        {driver.native ? t("engine.wizard.native") : t("replication.driverName.engine")}
      </Badge>
      {driver.native ? (
        <>
          {driver.reason && (
            <span>
              <Prose text={driver.reason} />
            </span>
          )}
          {onNative && (
            <Button size="small" onClick={onNative} data-testid="engine-make-native">
              {t("engine.wizard.makeNative")}
            </Button>
          )}
        </>
      ) : (
        <ul className={styles.reasons}>
          {driver.reasons.map((reason) => (
            <li key={`${reason.code} ${reason.text}`}>
              <Prose text={reason.text} />{" "}
              {reason.toNative && (
                <span className={styles.muted}>
                  <Prose text={t("engine.wizard.toNative", { text: reason.toNative })} />
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
