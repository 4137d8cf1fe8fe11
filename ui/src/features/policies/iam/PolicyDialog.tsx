import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { RegistryKey } from "../../../api/types";
import { ColourDot } from "../../../components/Badge";
import { Select } from "../../../components/Select";
import { TextArea, TextField } from "../../../components/TextField";
import { useScope } from "../../frame/scope";
import { PlanFormDialog } from "../../plans/PlanFormDialog";
import { usePlanForm } from "../../plans/usePlanForm";
import { namesOf } from "./iamForm";

const ATTACHED = Array.from({ length: 20 }, (_, n) => `attach[${n}]`);
const FIELDS = ["name", "path", "text", ...ATTACHED];

/** Creates a managed policy and attaches it, as one plan. The builder leads here with its document. */
export function PolicyDialog({
  registry: given,
  text: initial = "",
  onClose,
}: {
  /** The account; without it, a person chooses one. */
  registry?: RegistryKey;
  text?: string;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const { accounts, account: scopeAccount, space } = useScope();
  const [account, setAccount] = useState(given?.account ?? scopeAccount ?? accounts[0]?.id ?? "");
  const [name, setName] = useState("");
  const [text, setText] = useState(initial);
  const [attach, setAttach] = useState("");
  const form = usePlanForm(FIELDS, onClose);
  const found = accounts.find(({ id }) => id === account);
  const region = found?.regions[0];
  const registry = given ?? (found && region ? { space, account: found.id, region } : null);
  const submit = () => {
    if (!registry) return;
    form.submit({
      change: "iam",
      registry,
      iam: { act: "createPolicy", name, text, attach: namesOf(attach) },
    });
  };
  return (
    <PlanFormDialog
      form={form}
      title={t("iam.title.createPolicy")}
      space={space}
      registries={registry ? [registry] : []}
      onSubmit={submit}
      onClose={onClose}
      ready={registry !== null && name.trim() !== "" && text.trim() !== ""}
      data-testid="dialog-iam-policy"
    >
      {!given && (
        <Select
          label={t("iam.account")}
          value={found?.id ?? null}
          options={accounts.map(({ id, name: label, colour }) => ({
            value: id,
            label: `${label} · ${id}`,
            mark: <ColourDot colour={colour} />,
          }))}
          onChange={setAccount}
          data-testid="iam-policy-account"
        />
      )}
      <TextField
        label={t("iam.form.policyName")}
        hint={t("iam.form.nameHint")}
        error={form.errorAt("name")}
        value={name}
        onChange={(event) => setName(event.target.value)}
        data-testid="iam-policy-name"
        autoFocus
        mono
      />
      <TextField
        label={t("iam.form.attach")}
        hint={t("iam.form.attachHint")}
        error={ATTACHED.map((field) => form.errorAt(field)).find(Boolean)}
        value={attach}
        onChange={(event) => setAttach(event.target.value)}
        data-testid="iam-policy-attach"
        mono
      />
      <TextArea
        label={t("iam.form.text")}
        hint={t("iam.form.textHint")}
        error={form.errorAt("text")}
        value={text}
        rows={14}
        onChange={(event) => setText(event.target.value)}
        data-testid="iam-policy-text"
        mono
      />
    </PlanFormDialog>
  );
}
