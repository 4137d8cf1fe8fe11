import { CloudCog, ListPlus, Plus } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { Account } from "../../api/types";
import { Button } from "../../components/Button";
import { Card } from "../../components/Card";
import { ConfirmDialog } from "../../components/ConfirmDialog";
import { visible } from "../../components/hidden";
import { EmptyState, ErrorState, SkeletonLines } from "../../components/States";
import { showToast } from "../../components/Toaster";
import { accountKey, useAccountChange } from "../frame/accountChanges";
import { useAccounts } from "../frame/queries";
import { SpaceBadge } from "../frame/SpaceBadge";
import { GuardSwitch } from "../guard/GuardSwitch";
import { reachedBy } from "../signin/chain";
import { AccountRow } from "./AccountRow";
import { ConnectDialog } from "./connect/ConnectDialog";
import { ImportDialog } from "./connect/ImportDialog";
import { EditAccountDialog } from "./EditAccountDialog";
import { useAccountRemoval } from "./queries";
import { RegistriesCard } from "./RegistriesCard";
import { SessionsCard } from "./SessionsCard";
import styles from "./Settings.module.css";

/** AWS accounts that the application knows, and other registries. */
export function AccountsSection({
  connecting,
  onConnecting,
}: {
  connecting: boolean;
  onConnecting: (connecting: boolean) => void;
}) {
  const { t } = useTranslation();
  const accounts = useAccounts();
  const aws = (accounts.data ?? []).filter((account) => account.space === "aws");
  const [importing, setImporting] = useState(false);
  const connect = (
    <>
      <Button icon={<Plus />} onClick={() => onConnecting(true)} data-testid="connect-account">
        {t("settings.accounts.add")}
      </Button>
      <Button icon={<ListPlus />} onClick={() => setImporting(true)} data-testid="import-accounts">
        {t("connect.import.open")}
      </Button>
    </>
  );
  return (
    <div className={styles.stack}>
      <Card title={t("settings.accounts.connected")} actions={aws.length > 0 ? connect : undefined} flush>
        {accounts.error && !accounts.data ? (
          <ErrorState error={accounts.error} onRetry={() => void accounts.refetch()} />
        ) : !accounts.data ? (
          <SkeletonLines lines={3} />
        ) : aws.length === 0 ? (
          <EmptyState
            icon={<CloudCog />}
            title={t("settings.accounts.none")}
            text={t("settings.accounts.noneText")}
            actions={connect}
          />
        ) : (
          <AccountList accounts={aws} />
        )}
        {importing && <ImportDialog onClose={() => setImporting(false)} />}
        {connecting && <ConnectDialog onClose={() => onConnecting(false)} />}
      </Card>
      <Card title={t("guard.title")} data-testid="guard-card">
        <p className={styles.muted}>{t("guard.text")}</p>
        <GuardSwitch of="readOnly" />
      </Card>
      <SessionsCard />
      <RegistriesCard />
    </div>
  );
}

/** Accounts with their actions. */
export function AccountList({
  accounts,
  actions,
}: {
  accounts: readonly Account[];
  /** Additional buttons for each account. */
  actions?: (account: Account) => ReactNode;
}) {
  const [editing, setEditing] = useState<Account | null>(null);
  const [removing, setRemoving] = useState<Account | null>(null);
  return (
    <>
      <ul>
        {accounts.map((account) => (
          <AccountRow
            key={account.id}
            account={account}
            actions={actions?.(account)}
            onEdit={() => setEditing(account)}
            onRemove={() => setRemoving(account)}
          />
        ))}
      </ul>
      {editing && <EditAccountDialog account={editing} onClose={() => setEditing(null)} />}
      {removing && <RemoveDialog account={removing} onClose={() => setRemoving(null)} />}
    </>
  );
}

function RemoveDialog({ account, onClose }: { account: Account; onClose: () => void }) {
  const { t } = useTranslation();
  const { id, name } = account;
  const { data: accounts = [] } = useAccounts();
  const reached = reachedBy(account, accounts);
  const removal = useAccountRemoval(account);
  const remove = useAccountChange(api.removeAccount, () => {
    showToast({ kind: "success", title: t("settings.accounts.removed", { name }) });
    onClose();
  });
  return (
    <ConfirmDialog
      open
      onCancel={onClose}
      onConfirm={() => remove.mutate(accountKey(account))}
      title={t("settings.accounts.removeTitle", { name })}
      badge={<SpaceBadge space={account.space} registries={[{ account: id }]} />}
      action={t("settings.accounts.remove")}
      danger
      busy={remove.isPending}
      error={remove.error}
      data-testid="dialog-remove-account"
    >
      <p>{t(`settings.accounts.removeText.${account.credentials.source}`, { id })}</p>
      {removal.data?.session && (
        <p>{t("settings.accounts.removeSession", { session: visible(removal.data.session) })}</p>
      )}
      {removal.error && !removal.isFetching && reached.length === 0 && (
        <ErrorState error={removal.error} compact onRetry={() => void removal.refetch()} />
      )}
      {reached.length > 0 && (
        <p>
          {t("settings.accounts.removeVia", {
            count: reached.length,
            names: reached.map((each) => each.name).join(", "),
          })}
        </p>
      )}
    </ConfirmDialog>
  );
}
