import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { RegistryKey } from "../../api/types";
import { Button } from "../../components/Button";
import { DiffView } from "../../components/DiffView";
import { Notice } from "../../components/Findings";
import { fileName } from "../../components/fileName";
import { SaveButton, SaveResult, useSaveFile } from "../../components/SaveFile";
import { useReview } from "../plans/PlanProvider";
import { useRun } from "../runs/queries";
import styles from "./Permissions.module.css";
import { PolicyFixes } from "./PolicyFixes";
import { PolicyText } from "./PolicyText";
import { useCheckedText } from "./useCheckedText";

/** The draft, and the document that it is based on. */
export interface Draft {
  text: string;
  base: string;
  /** Changes made elsewhere before the draft. */
  changedSince?: string[];
  /** The run that writes the current draft. */
  run?: string;
}

/** Reports once that a run has written its change. */
function Writing({ run, onWritten }: { run: string; onWritten: () => void }) {
  const state = useRun(run).data?.state;
  const written = state === "done" || state === "skipped";
  const told = useRef(false);
  useEffect(() => {
    if (written && !told.current) {
      told.current = true;
      onWritten();
    }
  }, [written, onWritten]);
  return null;
}

/** The whole policy as a document that can be changed. */
export function DocumentEditor({
  registry,
  current,
  base,
  draft,
  onDraft,
}: {
  registry: RegistryKey;
  current: string | null;
  /** Identifies the current document. */
  base: string;
  /** The draft; null while nothing has been edited. */
  draft: Draft | null;
  onDraft: (draft: Draft | null) => void;
}) {
  const { t } = useTranslation();
  const review = useReview();
  const shown = draft?.text ?? current ?? "";
  const changed = draft !== null && draft.text !== (current ?? "");
  const [chosen, setChosen] = useState<string[]>([]);
  const check = useCheckedText(registry, shown, chosen);
  // A draft keeps the document that it is based on, even when a newer one is read. The run that writes
  // it does not write what is typed afterwards.
  const edit = (text: string) => {
    setChosen([]);
    onDraft({ text, base: draft?.base ?? base });
  };
  const discard = () => {
    setChosen([]);
    onDraft(null);
  };
  const saving = useSaveFile(fileName("json", "policy", registry.account, registry.region), shown);
  const { checked } = check;
  // The current text is changed only when a fix is ticked.
  const mended = changed || chosen.length > 0 ? (checked?.mended ?? null) : null;
  return (
    <div className={styles.editor}>
      {draft?.run && <Writing key={draft.run} run={draft.run} onWritten={discard} />}
      <p className={styles.muted}>{t("permissions.documentText")}</p>
      {draft && draft.base !== base && (
        <Notice severity="warning">{t("permissions.changedSinceOpened")}</Notice>
      )}
      {draft?.changedSince && draft.changedSince.length > 0 && (
        <Notice severity="warning">
          {t("permissions.mergedWithChanges", { changes: draft.changedSince.join("; ") })}
        </Notice>
      )}
      <PolicyText
        label={t("permissions.tabs.document")}
        text={shown}
        onChange={(next) => (next === (current ?? "") ? discard() : edit(next))}
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
            <Button onClick={() => edit(mended)} data-testid="policy-use-mended">
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
              request: { change: "putPolicy", registry, text: shown, base: draft?.base ?? base },
              // What a run does not write is still a draft.
              onStarted: (run) => onDraft({ ...(draft ?? { base }), text: shown, run }),
            })
          }
          data-testid="policy-review"
        >
          {t("permissions.review")}
        </Button>
        {changed && (
          <Button onClick={discard} data-testid="policy-discard">
            {t("permissions.discard")}
          </Button>
        )}
        <SaveButton
          saving={saving}
          name={t("permissions.tabs.document")}
          label={t("common.saveFile")}
          disabled={shown === ""}
          data-testid="policy-save-file"
        />
      </div>
      <SaveResult saving={saving} />
    </div>
  );
}
