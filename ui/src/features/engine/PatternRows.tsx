import { Plus, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "../../components/Button";
import { Select } from "../../components/Select";
import { TextField } from "../../components/TextField";
import { filledIndex, kindOf, textOf } from "./engineForm";
import styles from "./Wizard.module.css";

type Kind = "prefix" | "exact" | "glob" | "regex" | "semver";

/** A list of patterns, each with a kind: prefix, exact name, or match. */
export function PatternRows<Pattern extends object>({
  label,
  hint,
  kinds,
  rows,
  onChange,
  errorAt,
  testId,
}: {
  label: string;
  hint?: string;
  kinds: readonly Kind[];
  rows: readonly Pattern[];
  onChange: (rows: Pattern[]) => void;
  /** The error of the pattern with this number, counting only filled-in patterns. */
  errorAt: (index: number) => string | undefined;
  testId: string;
}) {
  const { t } = useTranslation();
  const make = (kind: string, text: string) => ({ [kind]: text }) as Pattern;
  const set = (index: number, pattern: Pattern) =>
    onChange(rows.map((each, place) => (place === index ? pattern : each)));
  return (
    <fieldset className={styles.patterns}>
      <legend className={styles.legend}>
        {label} {hint && rows.length === 0 && <span className={styles.faint}>{hint}</span>}
      </legend>
      {rows.map((row, index) => {
        const names = { list: label, number: index + 1 };
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place; its fields keep no state
          <div key={index} className={styles.pattern}>
            <Select<Kind>
              label={t("engine.wizard.kind", names)}
              hideLabel
              value={kindOf(row) as Kind}
              options={kinds.map((value) => ({ value, label: t(`engine.wizard.kinds.${value}`) }))}
              onChange={(kind) => set(index, make(kind, textOf(row)))}
              data-testid={`${testId}-kind-${index}`}
            />
            <TextField
              label={t("engine.wizard.pattern", names)}
              hideLabel
              mono
              value={textOf(row)}
              onChange={(event) => set(index, make(kindOf(row), event.target.value))}
              error={textOf(row).trim() === "" ? undefined : errorAt(filledIndex(rows, index))}
              data-testid={`${testId}-${index}`}
            />
            <IconButton
              label={t("engine.wizard.removePattern", names)}
              icon={<X />}
              onClick={() => onChange(rows.filter((_, place) => place !== index))}
              data-testid={`${testId}-remove-${index}`}
            />
          </div>
        );
      })}
      <div>
        <Button
          size="small"
          icon={<Plus />}
          onClick={() => onChange([...rows, make(kinds[0] ?? "exact", "")])}
          aria-label={`${t("engine.wizard.addPattern")}: ${label}`}
          data-testid={`${testId}-add`}
        >
          {t("engine.wizard.addPattern")}
        </Button>
      </div>
    </fieldset>
  );
}
