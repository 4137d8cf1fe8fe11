import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../components/Button";
import { CodeEditor, type CodeEditorHandle } from "../../components/CodeEditor";
import { Findings } from "../../components/Findings";
import type { CheckedRule } from "./useCheckedRule";
import styles from "./Wizard.module.css";

/** The same rule as text, with its errors marked at their lines. */
export function YamlView({
  text,
  onChange,
  checked,
}: {
  text: string;
  onChange: (text: string) => void;
  checked: CheckedRule;
}) {
  const { t } = useTranslation();
  const editor = useRef<CodeEditorHandle>(null);
  const placed = checked.findings.find((each) => each.severity === "error" && each.line !== null);
  return (
    <div className={styles.yaml}>
      <CodeEditor
        ref={editor}
        label={t("engine.wizard.yamlLabel")}
        value={text}
        onChange={onChange}
        errorLine={placed?.line ?? null}
        rows={18}
        data-testid="engine-yaml"
      />
      <p role="status" data-testid="engine-yaml-status" data-good={!checked.behind && checked.data?.good}>
        {checked.behind
          ? t("engine.wizard.checking")
          : checked.data?.good
            ? t("engine.wizard.understood")
            : null}
        {placed && (
          <Button
            size="small"
            variant="ghost"
            onClick={() => editor.current?.goTo(placed.line ?? 1, placed.column ?? 1)}
            data-testid="engine-yaml-place"
          >
            {t("common.place", { line: placed.line ?? 1, column: placed.column ?? 1 })}
          </Button>
        )}
      </p>
      <Findings findings={checked.findings} />
    </div>
  );
}
