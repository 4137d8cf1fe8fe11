import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../../api/client";
import type { Space } from "../../../api/types";
import { Button } from "../../../components/Button";
import { CodeEditor, type CodeEditorHandle } from "../../../components/CodeEditor";
import { ErrorState } from "../../../components/States";
import { showToast } from "../../../components/Toaster";
import { usePromotionChange } from "../queries";
import { PathFindings } from "./PathFindings";
import styles from "./Paths.module.css";
import { RemovePath } from "./RemovePath";
import { useCheckedPath } from "./useCheckedPath";

/** The file of a path, checked while it is typed. */
export function PathEditor({
  space,
  start,
  name,
  onDone,
}: {
  space: Space;
  /** The text to begin with. */
  start: string;
  /** The path that is stored, if it is. */
  name: string | null;
  onDone: () => void;
}) {
  const { t } = useTranslation();
  const editor = useRef<CodeEditorHandle>(null);
  const [text, setText] = useState(start);
  const checked = useCheckedPath(space, text);
  const [removing, setRemoving] = useState(false);
  const save = usePromotionChange(api.applyPaths, (applied) => {
    // A file with an error changes nothing; its findings are shown as those of a check.
    if (applied.findings.some(({ finding }) => finding.severity === "error")) checked.again();
    else {
      showToast({ kind: "success", title: t("paths.editor.saved") });
      onDone();
    }
  });
  return (
    <div className={styles.editor}>
      <CodeEditor
        ref={editor}
        label={t("paths.editor.text")}
        value={text}
        onChange={setText}
        errorLine={checked.errorLine}
        rows={18}
        data-testid="path-text"
      />
      <PathFindings checked={checked} onPlace={(line, column) => editor.current?.goTo(line, column)} />
      {save.error && !save.isPending && <ErrorState error={save.error} compact />}
      <div className={styles.actions}>
        <Button
          variant="primary"
          disabled={!checked.valid}
          busy={save.isPending}
          onClick={() => save.mutate({ space, text, checkOnly: false })}
          data-testid="path-save"
        >
          {t("paths.editor.save")}
        </Button>
        <Button onClick={onDone}>{t("common.cancel")}</Button>
        {name !== null && (
          <Button onClick={() => setRemoving(true)} data-testid="path-remove">
            {t("paths.editor.remove")}
          </Button>
        )}
      </div>
      {removing && name !== null && (
        <RemovePath path={{ space, name }} onRemoved={onDone} onCancel={() => setRemoving(false)} />
      )}
    </div>
  );
}
