import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { RegistryKey, RepositorySetting, SettingValue } from "../../api/types";
import { Badge } from "../../components/Badge";
import { Button } from "../../components/Button";
import { CodeBlock } from "../../components/CodeBlock";
import { fileName } from "../../components/fileName";
import { visible } from "../../components/hidden";
import { readable } from "../../components/readable";
import styles from "./Comparison.module.css";
import { rulesOf, SETTINGS, textOf } from "./differences";
import { usePlaceName } from "./usePlaceName";

/** The settings of one repository; those that differ say so. A policy is shown below on request. */
export function SettingsRow({
  head,
  registry,
  repository,
  settings,
  different,
  "data-testid": testId,
}: {
  /** The registry's own cell. */
  head: ReactNode;
  registry: RegistryKey;
  repository: string;
  settings: readonly SettingValue[];
  different: readonly RepositorySetting[];
  "data-testid": string;
}) {
  const { t } = useTranslation();
  const nameOf = usePlaceName();
  const [open, setOpen] = useState(false);
  const policy = textOf(settings, "lifecyclePolicy");
  const rules = policy === null ? null : rulesOf(policy);
  return (
    <>
      <tr data-testid={testId}>
        {head}
        {SETTINGS.map((setting) => (
          <td key={setting} data-testid={`setting-${setting}`} data-differs={different.includes(setting)}>
            {setting === "lifecyclePolicy" && rules !== null ? (
              <div className={styles.policy}>
                <span>{t("comparison.policyRules", { count: rules })}</span>
                <Button
                  size="small"
                  aria-expanded={open}
                  onClick={() => setOpen(!open)}
                  data-testid="policy-show"
                >
                  {t(open ? "comparison.hidePolicy" : "comparison.showPolicy")}
                </Button>
              </div>
            ) : (
              <span className={styles.value}>{visible(textOf(settings, setting) ?? t("common.none"))}</span>
            )}
            {different.includes(setting) && (
              <div className={styles.differs}>
                <Badge tone="warning">{t("comparison.differs")}</Badge>
              </div>
            )}
          </td>
        ))}
      </tr>
      {open && policy !== null && (
        <tr>
          <td colSpan={SETTINGS.length + 1}>
            <CodeBlock
              name={t("comparison.policyOf", { place: nameOf(registry) })}
              text={readable(policy)}
              copies={policy}
              file={fileName("json", "lifecycle", repository, registry.account, registry.region)}
              wrap
              maxHeight={260}
              data-testid="lifecycle-policy"
            />
          </td>
        </tr>
      )}
    </>
  );
}
