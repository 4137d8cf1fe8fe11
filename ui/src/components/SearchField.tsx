import { Search, X } from "lucide-react";
import type { ComponentProps, Ref } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "./Button";
import { cx } from "./cx";
import styles from "./SearchField.module.css";

export interface SearchFieldProps extends Omit<ComponentProps<"input">, "onChange" | "value" | "ref"> {
  label: string;
  value: string;
  onChange: (value: string) => void;
  ref?: Ref<HTMLInputElement>;
}

/** A field that filters the list next to it while typing. */
export function SearchField({ label, value, onChange, className, ...rest }: SearchFieldProps) {
  const { t } = useTranslation();
  return (
    <div className={cx(styles.search, className)}>
      <Search aria-hidden="true" className={styles.icon} />
      <input
        autoComplete="off"
        autoCorrect="off"
        autoCapitalize="off"
        spellCheck={false}
        placeholder={label}
        {...rest}
        type="text"
        aria-label={label}
        className={styles.input}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      {value && <IconButton label={t("common.clear")} icon={<X />} onClick={() => onChange("")} />}
    </div>
  );
}
