import { Switch as Base } from "@base-ui/react/switch";
import { FieldNotes, type FieldProps, useFieldIds } from "./Field";
import styles from "./Field.module.css";

export interface SwitchProps extends FieldProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
  "data-testid"?: string;
}

/** On or off, with immediate effect. */
export function Switch({ label, hint, error, hideLabel, checked, onChange, disabled, ...rest }: SwitchProps) {
  const ids = useFieldIds({ hint, error });
  return (
    <div className={styles.check}>
      <Base.Root
        id={ids.id}
        checked={checked}
        onCheckedChange={onChange}
        disabled={disabled}
        data-testid={rest["data-testid"]}
        className={styles.switch}
        aria-labelledby={`${ids.id}-label`}
        aria-describedby={ids.describedBy}
      >
        <Base.Thumb className={styles.thumb} />
      </Base.Root>
      <div className={hideLabel ? "visually-hidden" : styles.checkText}>
        <label id={`${ids.id}-label`} htmlFor={ids.id}>
          {label}
        </label>
        <FieldNotes ids={ids} hint={hint} error={error} />
      </div>
    </div>
  );
}
