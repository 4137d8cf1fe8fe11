import { useTranslation } from "react-i18next";
import { RadioGroup } from "../../components/RadioGroup";
import { Select } from "../../components/Select";
import { TextField } from "../../components/TextField";
import { words } from "../permissions/statementForm";
import styles from "./Lifecycle.module.css";
import { ACTIONS, acting, COUNT_TYPES, counted, type Rule, TAG_STATUS, tagged } from "./rules";

/** The fields of a rule. What they do not know stays as it is in the JSON. */
export function RuleFields({ rule, onChange }: { rule: Rule; onChange: (rule: Rule) => void }) {
  const { t } = useTranslation();
  const { selection, action, rulePriority } = rule;
  const id = `lifecycle-rule-${rulePriority}`;
  const byPrefix = selection.tagPrefixList !== undefined;
  const tags = selection.tagPrefixList ?? selection.tagPatternList ?? [];
  const setTags = (list: string[], prefix: boolean) => {
    const { tagPatternList: _, tagPrefixList: __, ...rest } = selection;
    const lists = prefix ? { tagPrefixList: list } : { tagPatternList: list };
    onChange({ ...rule, selection: { ...rest, ...lists } });
  };
  const known = <Value extends string>(values: readonly Value[], value: string) =>
    values.find((each) => each === value) ?? null;
  return (
    <div className={styles.fields}>
      <RadioGroup
        label={t("lifecycle.images")}
        value={known(TAG_STATUS, selection.tagStatus) ?? "any"}
        options={TAG_STATUS.map((value) => ({ value, label: t(`lifecycle.tagStatus.${value}`) }))}
        onChange={(next) => onChange(tagged(rule, next))}
        data-testid={`${id}-tags`}
      />
      {selection.tagStatus === "tagged" && (
        <div className={styles.row}>
          <Select
            label={t("lifecycle.tags")}
            value={byPrefix ? "prefix" : "pattern"}
            options={(["pattern", "prefix"] as const).map((value) => ({
              value,
              label: t(`lifecycle.tagsBy.${value}`),
            }))}
            onChange={(by) => setTags(tags, by === "prefix")}
            data-testid={`${id}-by`}
          />
          <TextField
            label={t(`lifecycle.tagsBy.${byPrefix ? "prefix" : "pattern"}`)}
            hint={t("lifecycle.tagsHint")}
            // As typed: a comma at the end begins the next one.
            key={byPrefix ? "prefix" : "pattern"}
            defaultValue={tags.join(", ")}
            onChange={(event) => setTags(words(event.target.value), byPrefix)}
            mono
            data-testid={`${id}-list`}
          />
        </div>
      )}
      <div className={styles.row}>
        <Select
          label={t("lifecycle.count")}
          value={known(COUNT_TYPES, selection.countType)}
          options={COUNT_TYPES.map((value) => ({ value, label: t(`lifecycle.countTypes.${value}`) }))}
          onChange={(next) => onChange(counted(rule, next))}
          data-testid={`${id}-count`}
        />
        <TextField
          label={t("lifecycle.number")}
          inputMode="numeric"
          value={String(selection.countNumber)}
          onChange={(event) => {
            const digits = event.target.value.replace(/\D/g, "");
            onChange({ ...rule, selection: { ...selection, countNumber: Number(digits) } });
          }}
          data-testid={`${id}-number`}
        />
        <Select
          label={t("lifecycle.action")}
          value={known(ACTIONS, action.type)}
          options={ACTIONS.map((value) => ({ value, label: t(`lifecycle.actions.${value}`) }))}
          onChange={(next) => onChange(acting(rule, next))}
          data-testid={`${id}-action`}
        />
      </div>
      <TextField
        label={t("lifecycle.description")}
        value={rule.description ?? ""}
        onChange={(event) => {
          const { description: _, ...rest } = rule;
          onChange(event.target.value === "" ? rest : { ...rule, description: event.target.value });
        }}
        data-testid={`${id}-description`}
      />
    </div>
  );
}
