import { Pencil, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Account, AccountHosts, ApiError } from "../../api/types";
import { Badge, ColourDot } from "../../components/Badge";
import { Button, IconButton } from "../../components/Button";
import { ErrorState } from "../../components/States";
import { useAccounts } from "../frame/queries";
import { AccountEndpointBadge } from "../frame/SpaceBadge";
import { AccountGuard } from "../guard/AccountGuard";
import { isByKey, needsKey } from "../signin/keys";
import { ReplaceKeyDialog } from "../signin/ReplaceKeyDialog";
import { TokenPlaceText } from "../signin/TokenPlaceText";
import { useSolve } from "../signin/useSolve";
import { ActingRole } from "./ActAs";
import { credentialsText } from "./credentialsText";
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
        <AccountEndpointBadge account={account} />
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
        <ActingRole account={account} />
        {account.credentials.source !== "sandbox" && (
          <div>
            <dt>{t("settings.accounts.secret")}</dt>
            <dd>
              <Secret account={account} />
              {isByKey(account) && <ReplaceKey account={account} />}
            </dd>
          </div>
        )}
        <div>
          <dt>{t("settings.accounts.principal")}</dt>
          <dd>{account.principal ? <code>{account.principal}</code> : t("settings.accounts.notAsked")}</dd>
        </div>
        <Endpoints hosts={account.hosts} />
      </dl>
      <AccountGuard account={account} />
      {account.problem && <Problem account={account} problem={account.problem} />}
    </li>
  );
}

/** The hosts of AWS that were chosen for an account. */
function Endpoints({ hosts }: { hosts: AccountHosts | undefined }) {
  const { t } = useTranslation();
  if (!hosts) return null;
  const { fips, dualStack, vpcEndpoints } = hosts;
  const vpcs = Object.entries(vpcEndpoints);
  const kinds = [
    ...(fips ? [t("settings.accounts.fips")] : []),
    ...(dualStack ? [t("settings.accounts.dualStack")] : []),
  ];
  if (kinds.length === 0 && vpcs.length === 0) return null;
  return (
    <div>
      <dt>{t("settings.accounts.endpoints")}</dt>
      <dd>
        {kinds.join(" · ")}
        {vpcs.map(([region, address]) => (
          <p key={region}>
            {region}: <code>{address}</code>
          </p>
        ))}
      </dd>
    </div>
  );
}

/** Why an account cannot be used, and the way out. */
function Problem({ account, problem }: { account: Account; problem: ApiError }) {
  const { button, rest } = useSolve(account, problem, "account");
  return (
    <>
      <ErrorState error={problem} compact actions={button} />
      {rest}
    </>
  );
}

/** Where the secret of an account's credentials is. */
function Secret({ account: { credentials, problem } }: { account: Account }) {
  const { t } = useTranslation();
  if (credentials.source === "sandbox") return null;
  if (credentials.source === "sso") {
    const { session, startUrl = null, region = null } = credentials;
    return <TokenPlaceText session={{ session, startUrl, region }} />;
  }
  const isForgotten = credentials.source === "memory" && problem !== null && needsKey(problem);
  return <>{t(`settings.accounts.secretIn.${isForgotten ? "forgotten" : credentials.source}`)}</>;
}

/** Gives an account another access key. */
function ReplaceKey({ account }: { account: Account }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      {" "}
      <Button
        size="small"
        onClick={() => setOpen(true)}
        aria-label={`${t("signin.key.open")}: ${account.name}`}
        data-testid={`account-replace-key-${account.id}`}
      >
        {t("signin.key.open")}
      </Button>
      {open && <ReplaceKeyDialog account={account} onClose={() => setOpen(false)} />}
    </>
  );
}
