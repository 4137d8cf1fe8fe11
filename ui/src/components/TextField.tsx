import type { ComponentProps, Ref } from "react";
import { cx } from "./cx";
import { FieldFrame, type FieldProps, useFieldIds } from "./Field";
import styles from "./Field.module.css";

export interface TextFieldProps extends FieldProps, Omit<ComponentProps<"input">, "id" | "ref"> {
  ref?: Ref<HTMLInputElement>;
  /** For names, ids and digests. */
  mono?: boolean;
}

/** One line of text. */
export function TextField({ label, hint, error, hideLabel, mono, className, ...rest }: TextFieldProps) {
  const ids = useFieldIds({ hint, error });
  return (
    <FieldFrame ids={ids} label={label} hint={hint} error={error} hideLabel={hideLabel}>
      <input
        autoComplete="off"
        autoCorrect="off"
        autoCapitalize="off"
        spellCheck={false}
        type="text"
        {...rest}
        id={ids.id}
        className={cx(styles.input, mono && styles.mono, className)}
        aria-invalid={error ? true : undefined}
        aria-describedby={ids.describedBy}
      />
    </FieldFrame>
  );
}

export interface TextAreaProps extends FieldProps, Omit<ComponentProps<"textarea">, "id" | "ref"> {
  ref?: Ref<HTMLTextAreaElement>;
  mono?: boolean;
}

/** Several lines of text. */
export function TextArea({ label, hint, error, hideLabel, mono, className, ...rest }: TextAreaProps) {
  const ids = useFieldIds({ hint, error });
  return (
    <FieldFrame ids={ids} label={label} hint={hint} error={error} hideLabel={hideLabel}>
      <textarea
        autoCorrect="off"
        autoCapitalize="off"
        spellCheck={false}
        {...rest}
        id={ids.id}
        className={cx(styles.input, styles.area, mono && styles.mono, className)}
        aria-invalid={error ? true : undefined}
        aria-describedby={ids.describedBy}
      />
    </FieldFrame>
  );
}
