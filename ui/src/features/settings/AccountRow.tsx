import { Pencil, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { Account, ApiError } from "../../api/types";
import { Badge, ColourDot } from "../../components/Badge";
import { Button, IconButton } from "../../components/Button";
import { ErrorState } from "../../components/States";
import { needsCode, useMfa } from "../frame/mfa";
import { useAccounts } from "../frame/queries";
import { EndpointBadge } from "../frame/SpaceBadge";
import { AccountGuard } from "../guard/AccountGuard";
import { credentialsText, deviceOf } from "./credentialsText";
import { accountKey, useAccountChange } from "./queries";
import styles from "./Settings.module.css";

const tones = { dev: "neutral", staging: "accent", production: "warning" } as const;

/** An account with everything that the application knows about it. */
export function AccountRow({
  account,
  onEdit,
  onRemove,
  actions,
}: {
  account: Account;
  onEdit: () => void;
  onRemove: () => void;
  actions?: ReactNode;
}) {
  const { t } = useTranslation();
  const { data: accounts = [] } = useAccounts();
  return (
    <li className={styles.account} data-testid={`account-${account.id}`}>
      <div className={styles.accountHead}>
        <ColourDot colour={account.colour} />
        <strong className={styles.accountName}>{account.name}</strong>
        <code className={styles.muted}>{account.id}</code>
        <Badge tone={tones[account.environment]}>{t(`common.environment.${account.environment}`)}</Badge>
        {account.endpoint !== null && <EndpointBadge endpoint={account.endpoint} />}
        <span className={styles.spread} />
        {actions}
        <IconButton
          label={`${t("settings.accounts.edit")} ${account.name}`}
          icon={<Pencil />}
          onClick={onEdit}
          data-testid={`account-edit-${account.id}`}
        />
        <IconButton
          label={t("settings.accounts.removeNamed", { name: account.name })}
          icon={<Trash2 />}
          onClick={onRemove}
          data-testid={`account-remove-${account.id}`}
        />
      </div>
      <dl className={styles.accountFacts}>
        <div>
          <dt>{t("settings.accounts.regions")}</dt>
          <dd>{account.regions.join(", ")}</dd>
        </div>
        <div>
          <dt>{t("settings.accounts.kept")}</dt>
          <dd>{credentialsText(account.credentials, accounts, t)}</dd>
        </div>
        <div>
          <dt>{t("settings.accounts.principal")}</dt>
          <dd>{account.principal ? <code>{account.principal}</code> : t("settings.accounts.notAsked")}</dd>
        </div>
      </dl>
      <AccountGuard account={account} />
      {account.problem && <Problem account={account} problem={account.problem} />}
    </li>
  );
}

/** Why an account cannot be used, and the way out: the code of an MFA device, or another check. */
function Problem({ account, problem }: { account: Account; problem: ApiError }) {
  const { t } = useTranslation();
  const { data: accounts = [] } = useAccounts();
  const mfa = useMfa();
  const checkOnce = async () => {
    const checked = await api.checkAccount(accountKey(account));
    if (checked.problem && needsCode(checked.problem)) throw checked.problem;
    return checked;
  };
  const serial = deviceOf(account.credentials, accounts);
  const check = useAccountChange((needed: ApiError | null) =>
    mfa.run(checkOnce, { serial, ...(needed ? { needed } : {}) }),
  );
  const waits = needsCode(problem);
  return (
    <>
      <ErrorState
        error={problem}
        compact
        actions={
          account.space === "aws" && (
            <Button
              size="small"
              busy={check.isPending}
              onClick={() => check.mutate(waits ? problem : null)}
              data-testid={`account-${waits ? "code" : "check"}-${account.id}`}
            >
              {t(waits ? "settings.accounts.enterCode" : "settings.accounts.checkAgain")}
            </Button>
          )
        }
      />
      {check.error !== null && !needsCode(check.error) && (
        <ErrorState error={check.error} compact onRetry={() => check.mutate(null)} />
      )}
      {mfa.dialog}
    </>
  );
}
