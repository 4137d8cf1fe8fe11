import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { RegistryKey } from "../../api/types";
import { Button } from "../../components/Button";
import { DiffView } from "../../components/DiffView";
import { Notice } from "../../components/Findings";
import { useReview } from "../plans/PlanProvider";
import styles from "./Permissions.module.css";
import { PolicyFixes } from "./PolicyFixes";
import { PolicyText } from "./PolicyText";
import { useCheckedText } from "./useCheckedText";

/** The whole policy as a document that can be changed. */
export function DocumentEditor({
  registry,
  current,
  text,
  onText,
}: {
  registry: RegistryKey;
  current: string | null;
  /** What is being edited; null while it is what is there. */
  text: string | null;
  onText: (text: string | null) => void;
}) {
  const { t } = useTranslation();
  const review = useReview();
  const shown = text ?? current ?? "";
  const changed = text !== null && text !== (current ?? "");
  const [chosen, setChosen] = useState<string[]>([]);
  const check = useCheckedText(registry, shown, chosen);
  const take = (next: string | null) => {
    setChosen([]);
    onText(next);
  };
  const { checked } = check;
  // What stands there already is changed only when a fix was ticked.
  const mended = changed || chosen.length > 0 ? (checked?.mended ?? null) : null;
  return (
    <div className={styles.editor}>
      <p className={styles.muted}>{t("permissions.documentText")}</p>
      <PolicyText
        label={t("permissions.tabs.document")}
        text={shown}
        onChange={(next) => take(next === (current ?? "") ? null : next)}
        check={check}
        data-testid="policy-editor"
      />
      {changed && checked && !checked.writable && mended === null && (
        <Notice severity="error">{t("permissions.notWritable")}</Notice>
      )}
      {checked && <PolicyFixes fixes={checked.fixes} chosen={chosen} onChosen={setChosen} />}
      {mended !== null && mended !== shown && (
        <section className={styles.mended} data-testid="policy-mended">
          <DiffView name={t("permissions.mended")} before={shown} after={mended} maxHeight={320} />
          <div className={styles.buttons}>
            <Button onClick={() => take(mended)} data-testid="policy-use-mended">
              {t("permissions.useMended")}
            </Button>
          </div>
        </section>
      )}
      <div className={styles.buttons}>
        <Button
          variant="primary"
          disabled={!changed || !checked?.writable}
          onClick={() =>
            review({
              request: { change: "putPolicy", registry, text: shown },
              onStarted: () => take(null),
            })
          }
          data-testid="policy-review"
        >
          {t("permissions.review")}
        </Button>
        {changed && (
          <Button onClick={() => take(null)} data-testid="policy-discard">
            {t("permissions.discard")}
          </Button>
        )}
      </div>
    </div>
  );
}
