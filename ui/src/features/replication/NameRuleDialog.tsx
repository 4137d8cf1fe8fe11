import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { errorText, toApiError } from "../../api/errors";
import { keys } from "../../api/keys";
import type { RegistryKey, RuleView } from "../../api/types";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { Prose } from "../../components/Prose";
import { ErrorState } from "../../components/States";
import { TextField } from "../../components/TextField";
import { SpaceBadge } from "../frame/SpaceBadge";

const FIELDS = ["name", "note"] as const;

/** Gives a rule a name and a note, or makes a rule from elsewhere one of Longshore's. */
export function NameRuleDialog({
  registry,
  rule,
  adopt,
  onClose,
}: {
  registry: RegistryKey;
  rule: RuleView;
  /** Adopts the rule; without it, the rule is renamed. */
  adopt: boolean;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [values, setValues] = useState({ name: rule.name ?? "", note: rule.note ?? "" });
  const change = useMutation({
    mutationFn: () => (adopt ? api.adoptRule : api.nameRule)({ registry, rule: rule.id, ...values }),
    onSuccess: (view) => {
      client.setQueryData(keys.replication(registry), view);
      onClose();
    },
  });
  const problem = change.error ? toApiError(change.error) : null;
  const field = FIELDS.find((each) => each === problem?.field);
  const kind = adopt ? "adopt" : "rename";
  return (
    <Dialog
      open
      onClose={onClose}
      title={t(`replication.${kind}.title`)}
      description={t(`replication.${kind}.text`)}
      badge={<SpaceBadge space={registry.space} registries={[registry]} />}
      onSubmit={() => {
        if (!change.isPending) change.mutate();
      }}
      data-testid="dialog-name-rule"
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" variant="primary" busy={change.isPending} data-testid="name-rule-submit">
            {t(`replication.${kind}.submit`)}
          </Button>
        </>
      }
    >
      <p>
        <Prose text={rule.sentence} />
      </p>
      {FIELDS.map((each) => (
        <TextField
          key={each}
          label={t(`replication.naming.${each}`)}
          hint={t(`replication.naming.${each}Hint`)}
          error={problem && field === each ? errorText(problem) : undefined}
          value={values[each]}
          onChange={(event) => setValues({ ...values, [each]: event.target.value })}
          data-testid={`name-rule-${each}`}
        />
      ))}
      {problem && !field && <ErrorState error={problem} compact />}
    </Dialog>
  );
}
