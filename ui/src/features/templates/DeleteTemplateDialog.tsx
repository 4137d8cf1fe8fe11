import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { RegistryKey } from "../../api/types";
import { TextField } from "../../components/TextField";
import { PlanFormDialog } from "../plans/PlanFormDialog";
import { usePlanForm } from "../plans/usePlanForm";

/** Asks for the prefix of the creation template to delete. */
export function DeleteTemplateDialog({ registry, onClose }: { registry: RegistryKey; onClose: () => void }) {
  const { t } = useTranslation();
  const [prefix, setPrefix] = useState("");
  const form = usePlanForm([], onClose);
  return (
    <PlanFormDialog
      form={form}
      title={t("templates.deleteDialog.title")}
      description={t("templates.deleteDialog.text")}
      space={registry.space}
      registries={[registry]}
      onSubmit={() => form.submit({ change: "deleteTemplate", registry, prefix: prefix.trim() })}
      onClose={onClose}
      ready={prefix.trim() !== ""}
      data-testid="dialog-delete-template"
    >
      <TextField
        label={t("templates.dialog.prefix")}
        hint={t("templates.deleteDialog.prefixHint")}
        value={prefix}
        onChange={(event) => setPrefix(event.target.value)}
        data-testid="delete-template-prefix"
        mono
      />
    </PlanFormDialog>
  );
}
