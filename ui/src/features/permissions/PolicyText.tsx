import { useRef } from "react";
import { useTranslation } from "react-i18next";
import type { CheckedPolicyText } from "../../api/types";
import { Button } from "../../components/Button";
import { CodeEditor, type CodeEditorHandle } from "../../components/CodeEditor";
import { Findings } from "../../components/Findings";
import { ErrorState } from "../../components/States";
import styles from "./Permissions.module.css";
import type { CheckedText } from "./useCheckedText";

/** A policy as text, with its findings below and marked at their lines. */
export function PolicyText({
  label,
  text,
  onChange,
  check,
  "data-testid": testId,
}: {
  label: string;
  text: string;
  onChange: (text: string) => void;
  check: CheckedText;
  "data-testid": string;
}) {
  const { t } = useTranslation();
  const editor = useRef<CodeEditorHandle>(null);
  const { checked } = check;
  const place = placeOf(checked);
  return (
    <>
      <CodeEditor
        ref={editor}
        label={label}
        value={text}
        onChange={onChange}
        errorLine={place?.line ?? null}
        data-testid={testId}
      />
      {check.error !== null && check.error !== undefined && (
        <ErrorState error={check.error} compact onRetry={() => void check.refetch()} />
      )}
      {checked && text.trim() !== "" && (
        <div className={styles.checked} data-testid={`${testId}-checked`}>
          <p role="status">
            {checked.summary}{" "}
            {place && (
              <Button
                size="small"
                variant="ghost"
                onClick={() => editor.current?.goTo(place.line, place.column)}
                data-testid={`${testId}-error-place`}
              >
                {t("common.place", place)}
              </Button>
            )}
          </p>
          <Findings findings={checked.findings} />
        </div>
      )}
    </>
  );
}

function placeOf(checked: CheckedPolicyText | undefined): { line: number; column: number } | null {
  if (!checked || checked.line === null) return null;
  return { line: checked.line, column: checked.column ?? 1 };
}
