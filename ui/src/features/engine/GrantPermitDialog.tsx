import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { errorText, toApiError } from "../../api/errors";
import type { EngineRuleView, RegistryKey } from "../../api/types";
import { Button } from "../../components/Button";
import { isConfirmed, TypedConfirmation } from "../../components/ConfirmDialog";
import { Dialog } from "../../components/Dialog";
import { ErrorState } from "../../components/States";
import { TextField } from "../../components/TextField";
import { SpaceBadge } from "../frame/SpaceBadge";
import { useGuardChange } from "../guard/queries";

/** Asks for how long a rule's schedule may write to a production registry. */
export function GrantPermitDialog({
  rule,
  registry,
  name,
  onClose,
}: {
  rule: EngineRuleView;
  registry: RegistryKey;
  /** The account's name, to be typed. */
  name: string;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const [days, setDays] = useState("90");
  const [typed, setTyped] = useState("");
  const grant = useGuardChange(api.grantPermit, { onDone: onClose });
  const number = /^\d+$/.test(days.trim()) ? Number(days) : 0;
  const isNumber = number >= 1 && number <= 366;
  const ready = isNumber && isConfirmed(typed, name);
  const error = grant.error === null ? null : toApiError(grant.error);
  const wrong = isNumber ? undefined : t("guard.permits.dialog.daysWrong");
  return (
    <Dialog
      open
      onClose={onClose}
      size="small"
      title={t("guard.permits.dialog.title")}
      description={t("guard.permits.dialog.text", { rule: rule.name, name, region: registry.region })}
      badge={<SpaceBadge space={registry.space} registries={[registry]} />}
      onSubmit={() => {
        if (ready && !grant.isPending) {
          grant.mutate({ rule: rule.id, registry, days: number, confirm: typed.trim() });
        }
      }}
      data-testid="dialog-grant-permit"
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button
            type="submit"
            variant="primary"
            disabled={!ready}
            busy={grant.isPending}
            data-testid="permit-submit"
          >
            {t("guard.permits.dialog.action")}
          </Button>
        </>
      }
    >
      <TextField
        label={t("guard.permits.dialog.days")}
        hint={t("guard.permits.dialog.daysHint")}
        error={error?.field === "days" ? errorText(error) : wrong}
        value={days}
        onChange={(event) => setDays(event.target.value)}
        inputMode="numeric"
        data-testid="permit-days"
      />
      <TypedConfirmation text={name} value={typed} onChange={setTyped} data-testid="permit-typed" />
      {error && error.field !== "days" && <ErrorState error={error} compact />}
    </Dialog>
  );
}
