import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { IamKind, RegistryKey } from "../../../api/types";
import { TextArea, TextField } from "../../../components/TextField";
import { words } from "../../permissions/statementForm";
import { PlanFormDialog } from "../../plans/PlanFormDialog";
import { usePlanForm } from "../../plans/usePlanForm";

const FIELDS = ["name", "path", "trust", "policies", "with"];

/** Asks for a new user, group or role, with its policies and memberships. The application validates them. */
export function CreateEntityDialog({
  registry,
  kind,
  onClose,
}: {
  registry: RegistryKey;
  kind: IamKind;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [path, setPath] = useState("");
  const [description, setDescription] = useState("");
  const [trust, setTrust] = useState("");
  const [policies, setPolicies] = useState("");
  const [others, setOthers] = useState("");
  // One of several names in a field is `policies[1]`.
  const fields = FIELDS.flatMap((field) => [
    field,
    ...Array.from({ length: 20 }, (_, n) => `${field}[${n}]`),
  ]);
  const form = usePlanForm(fields, onClose);
  const at = (field: string) =>
    fields
      .filter((each) => each.startsWith(field))
      .reduce<string | undefined>((found, each) => found ?? form.errorAt(each), undefined);
  const submit = () =>
    form.submit({
      change: "iam",
      registry,
      iam: {
        act: "create",
        of: { kind, name },
        path,
        ...(kind === "role" ? { trust, description } : { with: words(others) }),
        policies: words(policies),
      },
    });
  return (
    <PlanFormDialog
      form={form}
      title={t(`iam.title.${kind}`)}
      space={registry.space}
      registries={[registry]}
      onSubmit={submit}
      onClose={onClose}
      ready={name.trim() !== "" && (kind !== "role" || trust.trim() !== "")}
      data-testid="dialog-iam-create"
    >
      <TextField
        label={t("iam.form.name")}
        hint={t("iam.form.nameHint")}
        error={at("name")}
        value={name}
        onChange={(event) => setName(event.target.value)}
        data-testid="iam-name"
        autoFocus
        mono
      />
      {kind === "role" && (
        <>
          <TextArea
            label={t("iam.form.trust")}
            hint={t("iam.form.trustHint")}
            error={at("trust")}
            value={trust}
            rows={8}
            onChange={(event) => setTrust(event.target.value)}
            data-testid="iam-trust-text"
            mono
          />
          <TextField
            label={t("iam.form.description")}
            value={description}
            onChange={(event) => setDescription(event.target.value)}
            data-testid="iam-description"
          />
        </>
      )}
      <TextField
        label={t("iam.form.policies")}
        hint={t("iam.form.policiesHint")}
        error={at("policies")}
        value={policies}
        onChange={(event) => setPolicies(event.target.value)}
        data-testid="iam-policies"
        mono
      />
      {kind !== "role" && (
        <TextField
          label={t(kind === "user" ? "iam.form.groups" : "iam.form.users")}
          hint={t(kind === "user" ? "iam.form.groupsHint" : "iam.form.usersHint")}
          error={at("with")}
          value={others}
          onChange={(event) => setOthers(event.target.value)}
          data-testid="iam-with"
          mono
        />
      )}
      <TextField
        label={t("iam.form.path")}
        hint={t("iam.form.pathHint")}
        error={at("path")}
        value={path}
        onChange={(event) => setPath(event.target.value)}
        data-testid="iam-path"
        mono
      />
    </PlanFormDialog>
  );
}
