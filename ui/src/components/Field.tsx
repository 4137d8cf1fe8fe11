import { type ReactNode, useId } from "react";
import styles from "./Field.module.css";
import { Prose } from "./Prose";

/** The properties of every field. */
export interface FieldProps {
  label: string;
  hint?: ReactNode;
  /** The error of the value; shown at the field and announced. */
  error?: string | null;
  /** Only for assistive technology. */
  hideLabel?: boolean;
}

/** Ids that tie a control to its label, hint and error. */
export function useFieldIds({ hint, error }: Pick<FieldProps, "hint" | "error">) {
  const id = useId();
  const hintId = hint ? `${id}-hint` : undefined;
  const errorId = error ? `${id}-error` : undefined;
  return {
    id,
    hintId,
    errorId,
    describedBy: [errorId, hintId].filter(Boolean).join(" ") || undefined,
  };
}

/** Label above, control, then error and hint. */
export function FieldFrame({
  ids,
  label,
  hint,
  error,
  hideLabel,
  children,
}: FieldProps & { ids: ReturnType<typeof useFieldIds>; children: ReactNode }) {
  return (
    <div className={styles.field}>
      <label htmlFor={ids.id} id={`${ids.id}-label`} className={hideLabel ? "visually-hidden" : styles.label}>
        {label}
      </label>
      {children}
      <FieldNotes ids={ids} hint={hint} error={error} />
    </div>
  );
}

/** Error and hint of a field. */
export function FieldNotes({
  ids,
  hint,
  error,
}: Pick<FieldProps, "hint" | "error"> & { ids: ReturnType<typeof useFieldIds> }) {
  return (
    <>
      {error && (
        <p id={ids.errorId} className={styles.error} role="alert">
          <Prose text={error} />
        </p>
      )}
      {hint && (
        <p id={ids.hintId} className={styles.hint}>
          {hint}
        </p>
      )}
    </>
  );
}
