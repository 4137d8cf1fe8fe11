import { useState } from "react";
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

/** The settings of one repository; those that differ say so. A policy is shown in full on request. */
export function SettingCells({
  registry,
  repository,
  settings,
  different,
}: {
  registry: RegistryKey;
  repository: string;
  settings: readonly SettingValue[];
  different: readonly RepositorySetting[];
}) {
  const { t } = useTranslation();
  return SETTINGS.map((setting) => {
    const text = textOf(settings, setting);
    const differs = different.includes(setting);
    return (
      <td key={setting} data-testid={`setting-${setting}`} data-differs={differs}>
        {text === null ? (
          t("common.none")
        ) : setting === "lifecyclePolicy" && rulesOf(text) !== null ? (
          <Policy registry={registry} repository={repository} text={text} />
        ) : (
          <span className={styles.value}>{visible(text)}</span>
        )}
        {differs && (
          <div>
            <Badge tone="warning">{t("comparison.differs")}</Badge>
          </div>
        )}
      </td>
    );
  });
}

function Policy({ registry, repository, text }: { registry: RegistryKey; repository: string; text: string }) {
  const { t } = useTranslation();
  const nameOf = usePlaceName();
  const [open, setOpen] = useState(false);
  return (
    <div className={styles.policy}>
      <span>{t("comparison.policyRules", { count: rulesOf(text) ?? 0 })}</span>
      <Button
        size="small"
        variant="ghost"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        data-testid="policy-show"
      >
        {t(open ? "comparison.hidePolicy" : "comparison.showPolicy")}
      </Button>
      {open && (
        <CodeBlock
          name={t("comparison.policyOf", { place: nameOf(registry) })}
          text={readable(text)}
          copies={text}
          file={fileName("json", "lifecycle", repository, registry.account, registry.region)}
          wrap
          maxHeight={260}
          data-testid="lifecycle-policy"
        />
      )}
    </div>
  );
}
