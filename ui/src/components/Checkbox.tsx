import { Checkbox as Base } from "@base-ui/react/checkbox";
import { Check, Minus } from "lucide-react";
import { cx } from "./cx";
import { FieldNotes, type FieldProps, useFieldIds } from "./Field";
import styles from "./Field.module.css";
import { Prose } from "./Prose";

export interface CheckboxProps extends FieldProps {
  checked: boolean;
  indeterminate?: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
  "data-testid"?: string;
}

/** Yes or no, with its label next to it. */
export function Checkbox({
  label,
  hint,
  error,
  hideLabel,
  checked,
  indeterminate,
  onChange,
  disabled,
  "data-testid": testId,
}: CheckboxProps) {
  const ids = useFieldIds({ hint, error });
  return (
    <div className={styles.check}>
      <Base.Root
        id={ids.id}
        checked={checked}
        indeterminate={indeterminate ?? false}
        onCheckedChange={onChange}
        disabled={disabled}
        data-testid={testId}
        className={cx(styles.box)}
        aria-labelledby={`${ids.id}-label`}
        aria-describedby={ids.describedBy}
      >
        <Base.Indicator keepMounted={false}>
          {indeterminate ? <Minus aria-hidden="true" /> : <Check aria-hidden="true" />}
        </Base.Indicator>
      </Base.Root>
      <div className={hideLabel ? "visually-hidden" : styles.checkText}>
        <label id={`${ids.id}-label`} htmlFor={ids.id}>
          <Prose text={label} />
        </label>
        <FieldNotes ids={ids} hint={hint} error={error} />
      </div>
    </div>
  );
}
