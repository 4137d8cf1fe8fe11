import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { PlanRequest, RegistryKey } from "../../api/types";
import { Checkbox } from "../../components/Checkbox";
import { visible } from "../../components/hidden";
import { RadioGroup } from "../../components/RadioGroup";
import { TextArea, TextField } from "../../components/TextField";
import { PlanFormDialog } from "../plans/PlanFormDialog";
import { usePlanForm } from "../plans/usePlanForm";
import styles from "./Templates.module.css";
import { fromText, OCCASIONS, type TemplateForm, toText } from "./templateForm";

/** Asks for a creation template; `text` is the input of the API so far, `base` that of the one it changes. */
export function TemplateDialog({
  registry,
  text = "",
  base,
  onClose,
  onStarted,
}: {
  registry: RegistryKey;
  text?: string;
  base?: string;
  onClose: () => void;
  /** Called with the run's id and its change. */
  onStarted?: (run: string, request: PlanRequest) => void;
}) {
  const { t } = useTranslation();
  const [form, setForm] = useState(() => fromText(text));
  const request: PlanRequest = {
    change: "putTemplate",
    registry,
    text: toText(form),
    ...(base ? { base } : {}),
  };
  const plan = usePlanForm([], onClose, (run) => onStarted?.(run, request));
  const set = (change: Partial<TemplateForm>) => setForm({ ...form, ...change });
  const line = (field: "prefix" | "description" | "exclusions" | "kmsKey" | "role") => ({
    label: t(`templates.dialog.${field}`),
    hint: t(`templates.dialog.${field}Hint`),
    value: form[field],
    onChange: (event: { target: { value: string } }) => set({ [field]: event.target.value }),
    "data-testid": `template-${field}`,
  });
  const document = (field: "lifecycle" | "policy") => ({
    label: t(`templates.dialog.${field}`),
    hint: t("templates.dialog.json"),
    value: form[field],
    onChange: (event: { target: { value: string } }) => set({ [field]: event.target.value }),
    "data-testid": `template-${field}`,
  });
  return (
    <PlanFormDialog
      form={plan}
      title={
        base ? t("templates.dialog.editTitle", { prefix: visible(form.prefix) }) : t("templates.dialog.title")
      }
      {...(base ? { description: t("templates.dialog.editText") } : {})}
      space={registry.space}
      registries={[registry]}
      onSubmit={() => plan.submit(request)}
      onClose={onClose}
      ready={form.prefix.trim() !== "" && form.appliedFor.length > 0}
      data-testid="dialog-template"
    >
      {/* Another prefix would be another template. */}
      <TextField {...line("prefix")} readOnly={base !== undefined} mono />
      <fieldset className={styles.occasions}>
        <legend>{t("templates.dialog.appliedFor")}</legend>
        {OCCASIONS.map((occasion) => (
          <Checkbox
            key={occasion}
            label={t(`templates.dialog.appliedForOne.${occasion}`)}
            checked={form.appliedFor.includes(occasion)}
            onChange={(on) =>
              set({
                appliedFor: OCCASIONS.filter((each) =>
                  each === occasion ? on : form.appliedFor.includes(each),
                ),
              })
            }
            data-testid={`template-for-${occasion}`}
          />
        ))}
        {form.appliedFor.length === 0 && (
          <p className={styles.missing} role="alert">
            {t("templates.dialog.appliedForMissing")}
          </p>
        )}
      </fieldset>
      <RadioGroup
        label={t("templates.dialog.mutability")}
        value={form.immutable ? "immutable" : "mutable"}
        onChange={(tags) => set({ immutable: tags === "immutable" })}
        options={[
          { value: "mutable", label: t("templates.dialog.mutable"), hint: t("templates.dialog.mutableHint") },
          {
            value: "immutable",
            label: t("templates.dialog.immutable"),
            hint: t("templates.dialog.immutableHint"),
          },
        ]}
        data-testid="template-mutability"
      />
      <TextField {...line("exclusions")} mono />
      <RadioGroup
        label={t("templates.dialog.encryption")}
        value={form.encryption}
        onChange={(encryption) => set({ encryption })}
        options={[
          { value: "AES256", label: t("templates.dialog.aes") },
          { value: "KMS", label: t("templates.dialog.kms") },
          { value: "KMS_DSSE", label: t("templates.dialog.kmsDsse") },
        ]}
        data-testid="template-encryption"
      />
      {form.encryption !== "AES256" && <TextField {...line("kmsKey")} mono />}
      <TextField {...line("role")} mono />
      <TextField {...line("description")} />
      <TextArea {...document("lifecycle")} mono />
      <TextArea {...document("policy")} mono />
    </PlanFormDialog>
  );
}
