import { useTranslation } from "react-i18next";
import { Checkbox } from "../../components/Checkbox";
import { RadioGroup } from "../../components/RadioGroup";
import { Select } from "../../components/Select";
import { TextArea, TextField } from "../../components/TextField";
import styles from "../lifecycle/Lifecycle.module.css";
import { type Form, SOURCES, WAYS } from "./form";

/** Conditions, sources of use, and what becomes of the images. */
export function CleanForm({ form, onChange }: { form: Form; onChange: (form: Form) => void }) {
  const { t } = useTranslation();
  const set = (part: Partial<Form>) => onChange({ ...form, ...part });
  const digits = (text: string) => text.replace(/\D/g, "").slice(0, 5);
  return (
    <>
      <h2 className={styles.heading}>{t("deletion.which")}</h2>
      <RadioGroup
        label={t("deletion.combined")}
        value={form.combine}
        options={(["all", "any"] as const).map((value) => ({ value, label: t(`deletion.combine.${value}`) }))}
        onChange={(combine) => set({ combine })}
        data-testid="clean-combine"
      />
      <div className={styles.row}>
        <TextField
          label={t("deletion.olderThan")}
          inputMode="numeric"
          value={form.olderThan}
          onChange={(event) => set({ olderThan: digits(event.target.value) })}
          data-testid="clean-older"
        />
        <TextField
          label={t("deletion.notPulled")}
          hint={t("deletion.notPulledHint")}
          inputMode="numeric"
          value={form.notPulled}
          onChange={(event) => set({ notPulled: digits(event.target.value) })}
          data-testid="clean-pulled"
        />
      </div>
      <TextField
        label={t("deletion.tags")}
        hint={t("deletion.tagsHint")}
        mono
        value={form.tags}
        onChange={(event) => set({ tags: event.target.value })}
        data-testid="clean-tags"
      />
      <Checkbox
        label={t("deletion.untagged")}
        checked={form.untagged}
        onChange={(untagged) => set({ untagged })}
        data-testid="clean-untagged"
      />
      <Checkbox
        label={t("deletion.superseded")}
        hint={t("deletion.supersededHint")}
        checked={form.superseded}
        onChange={(superseded) => set({ superseded })}
        data-testid="clean-superseded"
      />
      <TextField
        label={t("deletion.keep")}
        hint={t("deletion.keepHint")}
        inputMode="numeric"
        value={form.keep}
        onChange={(event) => set({ keep: digits(event.target.value) })}
        data-testid="clean-keep"
      />
      <Checkbox
        label={t("deletion.takeAlong")}
        hint={t("deletion.takeAlongHint")}
        checked={form.takeAlong}
        onChange={(takeAlong) => set({ takeAlong })}
        data-testid="clean-along"
      />
      <h2 className={styles.heading}>{t("deletion.use")}</h2>
      <TextArea
        label={t("deletion.references")}
        hint={t("deletion.referencesHint")}
        mono
        rows={2}
        value={form.references}
        onChange={(event) => set({ references: event.target.value })}
        data-testid="clean-references"
      />
      <TextArea
        label={t("deletion.list")}
        hint={t("deletion.listHint")}
        mono
        rows={2}
        value={form.list}
        onChange={(event) => set({ list: event.target.value })}
        data-testid="clean-list"
      />
      <fieldset className={styles.fields}>
        <legend>{t("deletion.ask")}</legend>
        {SOURCES.map((source) => (
          <Checkbox
            key={source}
            label={t(`deletion.sources.${source}`)}
            checked={!form.leaveOut.includes(source)}
            onChange={(asked) =>
              set({
                leaveOut: asked ? form.leaveOut.filter((of) => of !== source) : [...form.leaveOut, source],
              })
            }
            data-testid={`clean-ask-${source}`}
          />
        ))}
        <p className={styles.muted}>{t("deletion.askHint")}</p>
      </fieldset>
      <Select
        label={t("deletion.way")}
        value={form.way}
        options={WAYS.map((value) => ({ value, label: t(`deletion.ways.${value}`) }))}
        onChange={(way) => set({ way })}
        data-testid="clean-way"
      />
      {form.way === "quarantine" && (
        <TextField
          label={t("deletion.quarantine")}
          hint={t("deletion.quarantineHint")}
          mono
          value={form.quarantine}
          onChange={(event) => set({ quarantine: event.target.value })}
          data-testid="clean-quarantine"
        />
      )}
    </>
  );
}
