import { Select as Base } from "@base-ui/react/select";
import { Check, ChevronsUpDown } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "./cx";
import { FieldFrame, type FieldProps, useFieldIds } from "./Field";
import styles from "./Field.module.css";

export interface Option<Value extends string> {
  value: Value;
  label: string;
  /** Shown before the label, such as an account's colour. */
  mark?: ReactNode;
}

export interface SelectProps<Value extends string> extends FieldProps {
  value: Value | null;
  options: readonly Option<Value>[];
  onChange: (value: Value) => void;
  placeholder?: string;
  disabled?: boolean;
  "data-testid"?: string;
}

/** A choice from a few values. Options carry the test id `<testid>-<value>`. */
export function Select<Value extends string>({
  label,
  hint,
  error,
  hideLabel,
  value,
  options,
  onChange,
  placeholder,
  disabled,
  "data-testid": testId,
}: SelectProps<Value>) {
  const ids = useFieldIds({ hint, error });
  const chosen = options.find((option) => option.value === value);
  return (
    <FieldFrame ids={ids} label={label} hint={hint} error={error} hideLabel={hideLabel}>
      <Base.Root
        value={value}
        onValueChange={(next) => {
          if (next !== null) onChange(next as Value);
        }}
        disabled={disabled}
        modal={false}
      >
        <Base.Trigger
          id={ids.id}
          data-testid={testId}
          className={cx(styles.input, styles.trigger)}
          aria-labelledby={`${ids.id}-label`}
          aria-invalid={error ? true : undefined}
          aria-describedby={ids.describedBy}
        >
          <span className={chosen ? undefined : styles.placeholder}>
            {chosen?.mark && <span className={styles.mark}>{chosen.mark}</span>}
            {chosen?.label ?? placeholder}
          </span>
          <ChevronsUpDown aria-hidden="true" />
        </Base.Trigger>
        <Base.Portal>
          <Base.Positioner className={styles.positioner} sideOffset={4} alignItemWithTrigger={false}>
            <Base.Popup className={styles.popup}>
              {options.map((option) => (
                <Base.Item
                  key={option.value}
                  value={option.value}
                  label={option.label}
                  className={styles.option}
                  data-testid={testId && `${testId}-${option.value}`}
                >
                  <Base.ItemIndicator>
                    <Check aria-hidden="true" />
                  </Base.ItemIndicator>
                  <Base.ItemText className={styles.optionText}>
                    {option.mark && <span className={styles.mark}>{option.mark}</span>}
                    {option.label}
                  </Base.ItemText>
                </Base.Item>
              ))}
            </Base.Popup>
          </Base.Positioner>
        </Base.Portal>
      </Base.Root>
    </FieldFrame>
  );
}
