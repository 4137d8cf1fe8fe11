import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { IamChange, IamName, RegistryKey } from "../../../api/types";
import { TextArea, TextField } from "../../../components/TextField";
import { PlanFormDialog } from "../../plans/PlanFormDialog";
import { usePlanForm } from "../../plans/usePlanForm";
import { lastOf } from "./iamForm";

/** The document that is edited. */
export type About =
  | { kind: "policy"; arn: string }
  | { kind: "trust"; role: string }
  | { kind: "inline"; of: IamName; policy?: string };

const FIELDS = ["text", "policy"];

/** Edits a managed policy, an inline policy or a trust policy. */
export function DocumentDialog({
  registry,
  about,
  text: initial,
  onClose,
}: {
  registry: RegistryKey;
  about: About;
  text: string;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState(initial);
  const [policy, setPolicy] = useState(about.kind === "inline" ? (about.policy ?? "") : "");
  const form = usePlanForm(FIELDS, onClose);
  const title = () => {
    if (about.kind === "policy") return t("iam.title.putPolicy", { name: lastOf(about.arn) });
    if (about.kind === "trust") return t("iam.title.putTrust", { name: about.role });
    return t("iam.title.putInline", { name: about.of.name });
  };
  const change = (): IamChange => {
    if (about.kind === "policy") return { act: "putPolicy", arn: about.arn, text };
    if (about.kind === "trust") return { act: "putTrust", role: about.role, text };
    return { act: "putInline", of: about.of, policy, text };
  };
  const asksName = about.kind === "inline" && about.policy === undefined;
  return (
    <PlanFormDialog
      form={form}
      title={title()}
      space={registry.space}
      registries={[registry]}
      onSubmit={() => form.submit({ change: "iam", registry, iam: change() })}
      onClose={onClose}
      ready={text.trim() !== "" && (!asksName || policy.trim() !== "")}
      data-testid="dialog-iam-document"
    >
      {asksName && (
        <TextField
          label={t("iam.form.policyName")}
          hint={t("iam.form.nameHint")}
          error={form.errorAt("policy")}
          value={policy}
          onChange={(event) => setPolicy(event.target.value)}
          data-testid="iam-inline-name"
          autoFocus
          mono
        />
      )}
      <TextArea
        label={t("iam.form.text")}
        hint={t("iam.form.textHint")}
        error={form.errorAt("text")}
        value={text}
        rows={16}
        onChange={(event) => setText(event.target.value)}
        data-testid="iam-document-text"
        mono
      />
    </PlanFormDialog>
  );
}
