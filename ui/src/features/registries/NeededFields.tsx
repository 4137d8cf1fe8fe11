import { useTranslation } from "react-i18next";
import { toApiError } from "../../api/errors";
import { RadioGroup } from "../../components/RadioGroup";
import { TextArea, TextField } from "../../components/TextField";
import type { NeedsForm } from "./needed";
import styles from "./Registries.module.css";

/** Chooses which images are needed. */
export function NeededFields({
  form,
  onForm,
  lists,
  error,
}: {
  form: NeedsForm;
  onForm: (form: NeedsForm) => void;
  /** Whether a list or a folder can be given. */
  lists: boolean;
  error: unknown;
}) {
  const { t } = useTranslation();
  const kinds = lists ? (["all", "patterns", "list", "folder"] as const) : (["all", "patterns"] as const);
  const refused = error ? toApiError(error) : null;
  // Anything else is shown below, where it can be tried again.
  const wrong = refused?.field ? refused : null;
  const message = wrong ? [wrong.message, wrong.hint].filter(Boolean).join(" ") : undefined;
  return (
    <div className={styles.stack}>
      <RadioGroup
        label={t("registries.needed.label")}
        value={form.by}
        options={kinds.map((value) => ({ value, label: t(`registries.needed.${value}`) }))}
        onChange={(by) => onForm({ ...form, by })}
        error={form.by === "all" ? message : undefined}
        data-testid="needed"
      />
      {form.by === "patterns" && (
        <TextField
          label={t("registries.needed.patternsLabel")}
          hint={t("registries.needed.patternsHint")}
          error={message}
          mono
          value={form.patterns}
          onChange={({ target }) => onForm({ ...form, patterns: target.value })}
          data-testid="needed-text-patterns"
        />
      )}
      {form.by === "list" && (
        <TextArea
          label={t("registries.needed.listLabel")}
          hint={t("registries.needed.listHint")}
          error={message}
          mono
          rows={6}
          value={form.list}
          onChange={({ target }) => onForm({ ...form, list: target.value })}
          data-testid="needed-text-list"
        />
      )}
      {form.by === "folder" && (
        <TextField
          label={t("registries.needed.folderLabel")}
          hint={t("registries.needed.folderHint")}
          error={message}
          mono
          value={form.folder}
          onChange={({ target }) => onForm({ ...form, folder: target.value })}
          data-testid="needed-text-folder"
        />
      )}
    </div>
  );
}
