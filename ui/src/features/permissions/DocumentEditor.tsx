import { useTranslation } from "react-i18next";
import type { RegistryKey } from "../../api/types";
import { Button } from "../../components/Button";
import { DiffView } from "../../components/DiffView";
import { Notice } from "../../components/Findings";
import { useReview } from "../plans/PlanProvider";
import styles from "./Permissions.module.css";
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
  const check = useCheckedText(registry, shown);
  const { checked } = check;
  const mended = changed ? (checked?.mended ?? null) : null;
  return (
    <div className={styles.editor}>
      <p className={styles.muted}>{t("permissions.documentText")}</p>
      <PolicyText
        label={t("permissions.tabs.document")}
        text={shown}
        onChange={(next) => onText(next === (current ?? "") ? null : next)}
        check={check}
        data-testid="policy-editor"
      />
      {changed && checked?.line === null && !checked.writable && mended === null && (
        <Notice severity="error">{t("permissions.notWritable")}</Notice>
      )}
      {mended !== null && mended !== shown && (
        <section className={styles.mended} data-testid="policy-mended">
          <DiffView name={t("permissions.mended")} before={shown} after={mended} maxHeight={320} />
          <div className={styles.buttons}>
            <Button onClick={() => onText(mended)} data-testid="policy-use-mended">
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
              onStarted: () => onText(null),
            })
          }
          data-testid="policy-review"
        >
          {t("permissions.review")}
        </Button>
        {changed && (
          <Button onClick={() => onText(null)} data-testid="policy-discard">
            {t("permissions.discard")}
          </Button>
        )}
      </div>
    </div>
  );
}
