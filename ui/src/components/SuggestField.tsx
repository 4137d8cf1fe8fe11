import { Autocomplete as Base } from "@base-ui/react/autocomplete";
import { type ReactNode, useState } from "react";
import { cx } from "./cx";
import { FieldFrame, type FieldProps, useFieldIds } from "./Field";
import styles from "./Field.module.css";

export interface Suggestion {
  value: string;
  /** Shown next to the value. */
  label?: string;
  mark?: ReactNode;
}

export interface SuggestFieldProps extends FieldProps {
  value: string;
  onChange: (value: string) => void;
  onBlur?: () => void;
  suggestions: readonly Suggestion[];
  placeholder?: string;
  mono?: boolean;
  disabled?: boolean;
  "data-testid"?: string;
}

/** A text field with suggestions. Those carry the test id `<testid>-<value>`. */
export function SuggestField({
  label,
  hint,
  error,
  hideLabel,
  value,
  onChange,
  onBlur,
  suggestions,
  placeholder,
  mono,
  disabled,
  "data-testid": testId,
}: SuggestFieldProps) {
  const ids = useFieldIds({ hint, error });
  const wanted = value.trim().toLowerCase();
  // The list closes once a suggestion is typed in full or another field has the focus.
  const [typedOut, setTypedOut] = useState(false);
  const [open, setOpen] = useState(false);
  const exact = suggestions.some((each) => each.value === value.trim());
  const shown = suggestions.filter(
    (each) => exact || wanted === "" || `${each.value} ${each.label ?? ""}`.toLowerCase().includes(wanted),
  );
  return (
    <FieldFrame ids={ids} label={label} hint={hint} error={error} hideLabel={hideLabel}>
      <Base.Root
        items={suggestions}
        filteredItems={shown}
        itemToStringValue={(item) => item.value}
        value={value}
        onValueChange={(next) => {
          setTypedOut(suggestions.some((each) => each.value === next.trim()));
          onChange(next);
        }}
        open={open && !typedOut && shown.length > 0}
        onOpenChange={setOpen}
        openOnInputClick
        disabled={disabled}
      >
        <Base.Input
          id={ids.id}
          className={cx(styles.input, mono && styles.mono)}
          placeholder={placeholder}
          onBlur={() => {
            setTypedOut(false);
            setOpen(false);
            onBlur?.();
          }}
          onPointerDown={() => setTypedOut(false)}
          autoCorrect="off"
          autoCapitalize="off"
          spellCheck={false}
          // While the list is open the label is hidden from assistive technology, and still names the field.
          aria-labelledby={`${ids.id}-label`}
          aria-invalid={error ? true : undefined}
          aria-describedby={ids.describedBy}
          data-testid={testId}
        />
        <Base.Portal>
          <Base.Positioner className={styles.positioner} sideOffset={4}>
            <Base.Popup className={styles.popup}>
              <Base.List>
                {(item: Suggestion) => (
                  <Base.Item
                    key={item.value}
                    value={item}
                    className={styles.suggestion}
                    data-testid={testId && `${testId}-${item.value}`}
                  >
                    {item.mark}
                    <code>{item.value}</code>
                    {item.label && item.label !== item.value && (
                      <span className={styles.hint}>{item.label}</span>
                    )}
                  </Base.Item>
                )}
              </Base.List>
            </Base.Popup>
          </Base.Positioner>
        </Base.Portal>
      </Base.Root>
    </FieldFrame>
  );
}
