import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { IamName, RegistryKey } from "../../../api/types";
import { ErrorState } from "../../../components/States";
import { SuggestField } from "../../../components/SuggestField";
import { PlanFormDialog } from "../../plans/PlanFormDialog";
import { usePlanForm } from "../../plans/usePlanForm";
import { useIamList } from "./queries";

const FIELDS = ["policies", "policies[0]"];

/** Asks which managed policy is attached. */
export function AttachDialog({
  registry,
  to,
  onClose,
}: {
  registry: RegistryKey;
  to: IamName;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const [policy, setPolicy] = useState("");
  const form = usePlanForm(FIELDS, onClose);
  const own = useIamList(registry, "policies");
  const ofAws = useIamList(registry, "awsPolicies");
  const rows = [
    ...(own.data ?? []),
    ...(ofAws.data ?? []).filter(({ name }) => /ContainerRegistry/.test(name)),
  ];
  return (
    <PlanFormDialog
      form={form}
      title={t("iam.title.attach", { name: to.name })}
      space={registry.space}
      registries={[registry]}
      onSubmit={() =>
        form.submit({
          change: "iam",
          registry,
          iam: { act: "attach", to: [to], policies: [policy.trim()] },
        })
      }
      onClose={onClose}
      ready={policy.trim() !== ""}
      data-testid="dialog-iam-attach"
    >
      {[own, ofAws].map(
        (read, index) =>
          read.error &&
          !read.isFetching && (
            <ErrorState
              key={index === 0 ? "own" : "aws"}
              error={read.error}
              compact
              onRetry={() => void read.refetch()}
            />
          ),
      )}
      <SuggestField
        label={t("iam.form.policy")}
        hint={t("iam.form.policyHint")}
        error={form.errorAt("policies") ?? form.errorAt("policies[0]")}
        value={policy}
        onChange={setPolicy}
        suggestions={rows.map(({ name }) => ({ value: name }))}
        mono
        data-testid="iam-attach-policy"
      />
    </PlanFormDialog>
  );
}
