import { Combobox as Base } from "@base-ui/react/combobox";
import { Check, ChevronsUpDown } from "lucide-react";
import { useTranslation } from "react-i18next";
import { cx } from "./cx";
import { FieldFrame, type FieldProps, useFieldIds } from "./Field";
import styles from "./Field.module.css";
import type { Option } from "./Select";

/** Options under one heading. */
export interface OptionGroup {
  value: string;
  /** The heading, which is also searched. */
  label: string;
  items: readonly (Option<string> & { group: string })[];
}

/** Whether every word of a query is in a text, in any order. */
function holds(text: string, query: string): boolean {
  const words = query.toLowerCase().split(/\s+/);
  return words.every((word) => text.toLowerCase().includes(word));
}

/** One of many values in groups, found by typing. Options carry the test id `<testid>-<value>`. */
export function GroupSelect({
  label,
  hint,
  error,
  hideLabel,
  value,
  groups,
  onChange,
  "data-testid": testId,
}: FieldProps & {
  value: string | null;
  groups: readonly OptionGroup[];
  onChange: (value: string) => void;
  "data-testid"?: string;
}) {
  const { t } = useTranslation();
  const ids = useFieldIds({ hint, error });
  const chosen = groups.flatMap((group) => group.items).find((item) => item.value === value) ?? null;
  return (
    <FieldFrame ids={ids} label={label} hint={hint} error={error} hideLabel={hideLabel}>
      <Base.Root
        items={groups}
        value={chosen}
        onValueChange={(next) => next && onChange(next.value)}
        itemToStringLabel={(item) => `${item.group} / ${item.label}`}
        filter={({ group, label: item, value: id }, query) => {
          const heading = groups.find(({ items }) => items.some((each) => each.value === id))?.label;
          return holds(`${heading} ${group} / ${item}`, query);
        }}
        isItemEqualToValue={(one, other) => one.value === other.value}
      >
        <Base.Trigger
          id={ids.id}
          data-testid={testId}
          className={cx(styles.input, styles.trigger)}
          aria-labelledby={`${ids.id}-label ${ids.id}-value`}
          aria-invalid={error ? true : undefined}
          aria-describedby={ids.describedBy}
        >
          <span id={`${ids.id}-value`} className={chosen ? undefined : styles.placeholder}>
            {chosen?.mark}
            {chosen && `${chosen.group} / ${chosen.label}`}
          </span>
          <ChevronsUpDown aria-hidden="true" />
        </Base.Trigger>
        <Base.Portal>
          <Base.Positioner className={styles.positioner} align="start" sideOffset={4}>
            <Base.Popup className={cx(styles.popup, styles.searched)} aria-label={label}>
              <Base.Input
                className={cx(styles.input, styles.search)}
                placeholder={t("common.find")}
                aria-label={t("common.findIn", { what: label })}
                spellCheck={false}
                data-testid={testId && `${testId}-search`}
              />
              <Base.Empty className={styles.noneFound}>{t("common.noneFound")}</Base.Empty>
              <Base.List className={styles.choices}>
                {(group: OptionGroup) => (
                  <Base.Group key={group.value} items={group.items}>
                    <Base.GroupLabel className={styles.groupLabel}>{group.label}</Base.GroupLabel>
                    <Base.Collection>
                      {(item: OptionGroup["items"][number]) => (
                        <Base.Item
                          key={item.value}
                          value={item}
                          className={styles.option}
                          data-testid={testId && `${testId}-${item.value}`}
                        >
                          <Base.ItemIndicator>
                            <Check aria-hidden="true" />
                          </Base.ItemIndicator>
                          <span className={styles.optionText}>
                            {item.mark}
                            {item.label}
                          </span>
                        </Base.Item>
                      )}
                    </Base.Collection>
                  </Base.Group>
                )}
              </Base.List>
            </Base.Popup>
          </Base.Positioner>
        </Base.Portal>
      </Base.Root>
    </FieldFrame>
  );
}
