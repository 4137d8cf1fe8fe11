import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { IamName, RegistryKey } from "../../../api/types";
import { ErrorState } from "../../../components/States";
import { SuggestField } from "../../../components/SuggestField";
import { PlanFormDialog } from "../../plans/PlanFormDialog";
import { usePlanForm } from "../../plans/usePlanForm";
import { useIamList } from "./queries";

const FIELDS = ["group", "users", "users[0]"];

/** Adds a user to a group: asks for the group of a user, or for the user of a group. */
export function MemberDialog({
  registry,
  of,
  onClose,
}: {
  registry: RegistryKey;
  of: IamName;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const [other, setOther] = useState("");
  const form = usePlanForm(FIELDS, onClose);
  const isUser = of.kind === "user";
  const read = useIamList(registry, isUser ? "groups" : "users");
  const name = other.trim();
  const [group, user] = isUser ? [name, of.name] : [of.name, name];
  const errors = FIELDS.map((field) => form.errorAt(field)).find(Boolean);
  return (
    <PlanFormDialog
      form={form}
      title={t(isUser ? "iam.title.join" : "iam.title.addMember", { name: of.name })}
      space={registry.space}
      registries={[registry]}
      onSubmit={() =>
        form.submit({ change: "iam", registry, iam: { act: "addToGroup", group, users: [user] } })
      }
      onClose={onClose}
      ready={name !== ""}
      data-testid="dialog-iam-member"
    >
      {read.error && !read.isFetching && (
        <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />
      )}
      <SuggestField
        label={t(isUser ? "iam.form.group" : "iam.form.user")}
        error={errors}
        value={other}
        onChange={setOther}
        suggestions={(read.data ?? []).map((row) => ({ value: row.name }))}
        mono
        data-testid="iam-member"
      />
    </PlanFormDialog>
  );
}
