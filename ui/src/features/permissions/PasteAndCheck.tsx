import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { RegistryKey } from "../../api/types";
import { Button } from "../../components/Button";
import { DiffView } from "../../components/DiffView";
import { mergeStatements } from "./mergeStatements";
import styles from "./Permissions.module.css";
import { PolicyFixes } from "./PolicyFixes";
import { PolicyText } from "./PolicyText";
import { useCheckedText } from "./useCheckedText";

/** A text from a guide or a colleague: what it is, what is wrong with it, and how it reads when mended. */
export function PasteAndCheck({
  registry,
  current,
  onMerged,
}: {
  registry: RegistryKey;
  current: string | null;
  /** Takes a whole document on to the editor. */
  onMerged: (text: string) => void;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<string[]>([]);
  const check = useCheckedText(registry, text, chosen);
  const mended = check.checked?.mended ?? null;
  const usable = mended ?? (check.checked?.writable ? text : null);
  const merged = usable === null ? null : mergeStatements(current, usable);
  return (
    <div className={styles.editor}>
      <p className={styles.muted}>{t("permissions.pasteText")}</p>
      <PolicyText
        label={t("permissions.tabs.paste")}
        text={text}
        onChange={(next) => {
          setText(next);
          setChosen([]);
        }}
        check={check}
        data-testid="policy-paste"
      />
      {check.checked && <PolicyFixes fixes={check.checked.fixes} chosen={chosen} onChosen={setChosen} />}
      {mended !== null && mended !== text && (
        <section className={styles.mended} data-testid="policy-mended">
          <DiffView name={t("permissions.mended")} before={text} after={mended} maxHeight={320} />
          <div className={styles.buttons}>
            <Button
              onClick={() => {
                setText(mended);
                setChosen([]);
              }}
              data-testid="policy-use-mended"
            >
              {t("permissions.useMended")}
            </Button>
          </div>
        </section>
      )}
      {merged !== null && (
        <div className={styles.buttons}>
          <Button variant="primary" onClick={() => onMerged(merged)} data-testid="policy-merge">
            {t("permissions.merge")}
          </Button>
          <span className={styles.muted}>{t("permissions.mergeHint")}</span>
        </div>
      )}
    </div>
  );
}
