import { Pencil, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Account } from "../../api/types";
import { Badge, ColourDot } from "../../components/Badge";
import { IconButton } from "../../components/Button";
import { ErrorState } from "../../components/States";
import { useAccounts } from "../frame/queries";
import { EndpointBadge } from "../frame/SpaceBadge";
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
      {account.problem && <ErrorState error={account.problem} compact />}
    </li>
  );
}
