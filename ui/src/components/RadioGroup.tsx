import { Radio } from "@base-ui/react/radio";
import { RadioGroup as Base } from "@base-ui/react/radio-group";
import { type ReactNode, useId } from "react";
import { cx } from "./cx";
import { FieldNotes, type FieldProps, useFieldIds } from "./Field";
import styles from "./Field.module.css";

export interface RadioOption<Value extends string> {
  value: Value;
  label: string;
  hint?: ReactNode;
  disabled?: boolean;
}

export interface RadioGroupProps<Value extends string> extends FieldProps {
  value: Value;
  options: readonly RadioOption<Value>[];
  onChange: (value: Value) => void;
  "data-testid"?: string;
}

/** A choice from a few values, all of them visible. Options carry the test id `<testid>-<value>`. */
export function RadioGroup<Value extends string>({
  label,
  hint,
  error,
  hideLabel,
  value,
  options,
  onChange,
  "data-testid": testId,
}: RadioGroupProps<Value>) {
  const ids = useFieldIds({ hint, error });
  return (
    <div className={styles.field}>
      <span id={`${ids.id}-label`} className={hideLabel ? "visually-hidden" : styles.label}>
        {label}
      </span>
      <Base
        className={styles.group}
        value={value}
        onValueChange={(next) => onChange(next as Value)}
        aria-labelledby={`${ids.id}-label`}
        aria-describedby={ids.describedBy}
        data-testid={testId}
      >
        {options.map((option) => (
          <RadioItem key={option.value} option={option} testId={testId && `${testId}-${option.value}`} />
        ))}
      </Base>
      <FieldNotes ids={ids} hint={hint} error={error} />
    </div>
  );
}

function RadioItem<Value extends string>({
  option,
  testId,
}: {
  option: RadioOption<Value>;
  testId: string | undefined;
}) {
  const id = useId();
  return (
    <div className={styles.check}>
      <Radio.Root
        id={id}
        value={option.value}
        disabled={option.disabled}
        data-testid={testId}
        className={cx(styles.box, styles.round)}
        aria-labelledby={`${id}-label`}
        aria-describedby={option.hint ? `${id}-hint` : undefined}
      >
        <Radio.Indicator className={styles.dot} />
      </Radio.Root>
      <div className={styles.checkText}>
        <label id={`${id}-label`} htmlFor={id}>
          {option.label}
        </label>
        {option.hint && (
          <span id={`${id}-hint`} className={styles.hint}>
            {option.hint}
          </span>
        )}
      </div>
    </div>
  );
}
