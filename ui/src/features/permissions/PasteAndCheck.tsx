import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { RegistryKey } from "../../api/types";
import { Button } from "../../components/Button";
import { DiffView } from "../../components/DiffView";
import { ErrorState } from "../../components/States";
import type { Draft } from "./DocumentEditor";
import styles from "./Permissions.module.css";
import { PolicyFixes } from "./PolicyFixes";
import { PolicyText } from "./PolicyText";
import { useCheckedText } from "./useCheckedText";

/** A text from a guide or a colleague: its kind, its findings, and the fixed version. */
export function PasteAndCheck({
  registry,
  base,
  draft,
  onMerged,
}: {
  registry: RegistryKey;
  /** Identifies the current policy. */
  base: string;
  /** The current draft; the text is added to it instead. */
  draft: Draft | null;
  /** Opens a whole document in the editor. */
  onMerged: (draft: Draft) => void;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<string[]>([]);
  const check = useCheckedText(registry, text, chosen);
  const mended = check.checked?.mended ?? null;
  const usable = mended ?? (check.checked?.writable ? text : null);
  // The response is handled at the call, so that one that arrives after the page was left is
  // dropped.
  const merge = useMutation({
    mutationFn: (added: string) =>
      api.mergePolicy({
        registry,
        text: added,
        base: draft?.base ?? base,
        ...(draft ? { draft: draft.text } : {}),
      }),
  });
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
      {usable !== null && (
        <div className={styles.buttons}>
          <Button
            variant="primary"
            disabled={merge.isPending}
            onClick={() => merge.mutate(usable, { onSuccess: onMerged })}
            data-testid="policy-merge"
          >
            {t("permissions.merge")}
          </Button>
          <span className={styles.muted}>{t("permissions.mergeHint")}</span>
        </div>
      )}
      {merge.error && <ErrorState error={merge.error} compact />}
    </div>
  );
}
