import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { toApiError } from "../../api/errors";
import type { Account } from "../../api/types";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { visible } from "../../components/hidden";
import { RadioGroup } from "../../components/RadioGroup";
import { ErrorState } from "../../components/States";
import { showToast } from "../../components/Toaster";
import { useAccountChange } from "../frame/accountChanges";
import { useKnownAccounts } from "../frame/scope";
import { sessionOf } from "../signin/sessions";
import { needsPerson, useAccess } from "../signin/useAccess";

/** The roles that a person has in an account of IAM Identity Center, and the button that changes the acting one. */
export function ActingRole({ account }: { account: Account }) {
  const { t } = useTranslation();
  const [choosing, setChoosing] = useState(false);
  const { credentials, roles = [] } = account;
  if (credentials.source !== "sso" || roles.length === 0) return null;
  const others = roles.filter((role) => role !== credentials.role);
  return (
    <div>
      <dt>{t("settings.accounts.role")}</dt>
      <dd data-testid={`account-roles-${account.id}`}>
        {visible(credentials.role)}
        {others.length > 0 && (
          <>
            {" · "}
            {t("settings.accounts.otherRoles", { roles: others.map((role) => visible(role)).join(", ") })}{" "}
            <Button size="small" onClick={() => setChoosing(true)} data-testid={`account-act-${account.id}`}>
              {t("settings.accounts.actAs")}
            </Button>
          </>
        )}
        {choosing && (
          <ActAsDialog
            account={account}
            acting={credentials.role}
            roles={roles}
            onClose={() => setChoosing(false)}
          />
        )}
      </dd>
    </div>
  );
}

function ActAsDialog({
  account,
  acting,
  roles,
  onClose,
}: {
  account: Account;
  acting: string;
  roles: readonly string[];
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const { space, id, name, credentials } = account;
  const [role, setRole] = useState(acting);
  const access = useAccess();
  const session = sessionOf(credentials, useKnownAccounts());
  const act = useAccountChange(
    () => access.run(() => api.actAs({ space, account: id, role }), { session }),
    () => {
      showToast({ kind: "success", title: t("settings.accounts.actsAs", { name, role: visible(role) }) });
      onClose();
    },
  );
  const error = act.error === null ? null : toApiError(act.error);
  return (
    <Dialog
      open
      onClose={onClose}
      size="small"
      title={t("settings.accounts.actAsTitle", { name })}
      description={t("settings.accounts.actAsText")}
      onSubmit={() => act.mutate(undefined)}
      data-testid="dialog-act-as"
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button
            type="submit"
            variant="primary"
            busy={act.isPending}
            disabled={role === acting}
            data-testid="act-as-submit"
          >
            {t("settings.accounts.actAsDo")}
          </Button>
        </>
      }
    >
      <RadioGroup
        label={t("settings.accounts.role")}
        value={role}
        options={roles.map((each) => ({ value: each, label: visible(each) }))}
        onChange={setRole}
        data-testid="act-as-role"
      />
      {error && !needsPerson(error) && <ErrorState error={error} compact />}
      {access.dialog}
    </Dialog>
  );
}
