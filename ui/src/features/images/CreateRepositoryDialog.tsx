import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Encryption, RegistryKey } from "../../api/types";
import { Checkbox } from "../../components/Checkbox";
import { RadioGroup } from "../../components/RadioGroup";
import { TextField } from "../../components/TextField";
import { RegistryPicker } from "../frame/RegistryPicker";
import { useScope, useScopeRegistries } from "../frame/scope";
import { PlanFormDialog } from "../plans/PlanFormDialog";
import { usePlanForm } from "../plans/usePlanForm";

const FIELDS = ["registry", "name", "mutability.exclusions", "encryption.key"];

/** Asks for a new repository's settings. The application validates them. */
export function CreateRepositoryDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { space } = useScope();
  const [first] = useScopeRegistries();
  const [registry, setRegistry] = useState<RegistryKey | null>(first ?? null);
  const [name, setName] = useState("");
  const [tags, setTags] = useState<"mutable" | "immutable">("mutable");
  const [exclusions, setExclusions] = useState("");
  const [scanOnPush, setScanOnPush] = useState(false);
  const [keys, setKeys] = useState<"aes256" | "kms">("aes256");
  const [kmsKey, setKmsKey] = useState("");
  const form = usePlanForm(FIELDS, onClose);

  const encryption: Encryption =
    keys === "aes256" ? { type: "aes256" } : { type: "kms", key: kmsKey.trim() || null };
  const submit = () => {
    if (!registry) return;
    form.submit({
      change: "createRepository",
      registry,
      name: name.trim(),
      mutability: {
        immutable: tags === "immutable",
        exclusions: exclusions.split(/[\s,]+/).filter(Boolean),
      },
      scanOnPush,
      encryption,
    });
  };
  return (
    <PlanFormDialog
      form={form}
      title={t("images.createDialog.title")}
      space={space}
      registries={registry ? [registry] : []}
      onSubmit={submit}
      onClose={onClose}
      ready={registry !== null && name.trim() !== ""}
      data-testid="dialog-create-repository"
    >
      <RegistryPicker
        field
        label={t("images.createDialog.registry")}
        error={form.errorAt("registry")}
        value={registry}
        onChange={setRegistry}
        data-testid="create-registry"
      />
      <TextField
        label={t("images.createDialog.name")}
        hint={t("images.createDialog.nameHint")}
        error={form.errorAt("name")}
        value={name}
        onChange={(event) => setName(event.target.value)}
        data-testid="create-name"
        autoFocus
        mono
      />
      <RadioGroup
        label={t("images.createDialog.mutability")}
        value={tags}
        onChange={setTags}
        options={[
          {
            value: "mutable",
            label: t("images.createDialog.mutable"),
            hint: t("images.createDialog.mutableHint"),
          },
          {
            value: "immutable",
            label: t("images.createDialog.immutable"),
            hint: t("images.createDialog.immutableHint"),
          },
        ]}
        data-testid="create-mutability"
      />
      <TextField
        label={t("images.createDialog.exclusions")}
        hint={t("images.createDialog.exclusionsHint")}
        error={form.errorAt("mutability.exclusions")}
        value={exclusions}
        onChange={(event) => setExclusions(event.target.value)}
        data-testid="create-exclusions"
        mono
      />
      <Checkbox
        label={t("images.createDialog.scan")}
        checked={scanOnPush}
        onChange={setScanOnPush}
        data-testid="create-scan"
      />
      <RadioGroup
        label={t("images.createDialog.encryption")}
        hint={t("images.createDialog.encryptionHint")}
        value={keys}
        onChange={setKeys}
        options={[
          { value: "aes256", label: t("images.createDialog.aes") },
          { value: "kms", label: t("images.createDialog.kms") },
        ]}
        data-testid="create-encryption"
      />
      {keys === "kms" && (
        <TextField
          label={t("images.createDialog.kmsKey")}
          hint={t("images.createDialog.kmsKeyHint")}
          error={form.errorAt("encryption.key")}
          value={kmsKey}
          onChange={(event) => setKmsKey(event.target.value)}
          data-testid="create-kms-key"
          mono
        />
      )}
    </PlanFormDialog>
  );
}
