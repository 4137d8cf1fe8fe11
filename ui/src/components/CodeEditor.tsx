import { type Ref, useImperativeHandle, useRef } from "react";
import styles from "./CodeEditor.module.css";
import { cx } from "./cx";

export interface CodeEditorHandle {
  /** Puts the cursor at a line and column, both from 1. */
  goTo: (line: number, column: number) => void;
}

const LINE = 18;

/** A text field with line numbers, in which one line can be marked as wrong. */
export function CodeEditor({
  label,
  value,
  onChange,
  errorLine,
  rows = 14,
  ref,
  "data-testid": testId,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** From 1. */
  errorLine: number | null;
  /** Visible lines. */
  rows?: number;
  ref?: Ref<CodeEditorHandle>;
  "data-testid"?: string;
}) {
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const lines = value.split("\n");
  useImperativeHandle(ref, () => ({
    goTo: (line, column) => {
      const before = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
      const place = Math.min(value.length, before + Math.max(0, column - 1));
      area.current?.focus();
      area.current?.setSelectionRange(place, place);
      if (area.current) area.current.scrollTop = Math.max(0, (line - 4) * LINE);
    },
  }));
  return (
    <div
      className={cx(styles.editor, errorLine !== null && styles.wrong)}
      style={{ height: rows * LINE + 16 }}
    >
      <div className={styles.gutter} ref={gutter} aria-hidden="true">
        {lines.map((_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
          <div key={index} className={cx(styles.number, index + 1 === errorLine && styles.error)}>
            {index + 1}
          </div>
        ))}
      </div>
      <textarea
        ref={area}
        className={styles.text}
        aria-label={label}
        aria-invalid={errorLine === null ? undefined : true}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onScroll={(event) => {
          if (gutter.current) gutter.current.scrollTop = event.currentTarget.scrollTop;
        }}
        wrap="off"
        spellCheck={false}
        autoCorrect="off"
        autoCapitalize="off"
        data-testid={testId}
      />
    </div>
  );
}
