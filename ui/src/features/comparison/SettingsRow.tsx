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
import { partsOf, SETTINGS, textOf } from "./differences";
import { usePlaceName } from "./usePlaceName";

type PolicySetting = "lifecyclePolicy" | "repositoryPolicy";

const PARTS = {
  lifecyclePolicy: "comparison.policyRules",
  repositoryPolicy: "comparison.policyStatements",
} as const;
const FILES = { lifecyclePolicy: "lifecycle", repositoryPolicy: "policy" } as const;

const isPolicy = (setting: RepositorySetting): setting is PolicySetting =>
  setting === "lifecyclePolicy" || setting === "repositoryPolicy";

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
  const [open, setOpen] = useState<PolicySetting | null>(null);
  const policy = open && textOf(settings, open);
  return (
    <>
      <tr data-testid={testId}>
        {head}
        {SETTINGS.map((setting) => (
          <td key={setting} data-testid={`setting-${setting}`} data-differs={different.includes(setting)}>
            {isPolicy(setting) && partsOf(textOf(settings, setting) ?? "") !== null ? (
              <div className={styles.policy}>
                <span>{t(PARTS[setting], { count: partsOf(textOf(settings, setting) ?? "") ?? 0 })}</span>
                <Button
                  size="small"
                  aria-expanded={open === setting}
                  onClick={() => setOpen(open === setting ? null : setting)}
                  data-testid={setting === "lifecyclePolicy" ? "policy-show" : "repository-policy-show"}
                >
                  {t(open === setting ? "comparison.hidePolicy" : "comparison.showPolicy")}
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
      {open && policy && (
        <tr>
          <td colSpan={SETTINGS.length + 1}>
            <CodeBlock
              name={t("comparison.policyOf", {
                setting: t(`comparison.setting.${open}`),
                place: nameOf(registry),
              })}
              text={readable(policy)}
              copies={policy}
              file={fileName("json", FILES[open], repository, registry.account, registry.region)}
              wrap
              maxHeight={260}
              data-testid={open === "lifecyclePolicy" ? "lifecycle-policy" : "repository-policy"}
            />
          </td>
        </tr>
      )}
    </>
  );
}
