import { useTranslation } from "react-i18next";
import type { Account } from "../../../api/types";
import { Facts } from "../../../components/Card";
import { EndpointBadge } from "../../frame/SpaceBadge";
import styles from "./Connect.module.css";

/** The account that credentials lead to, as STS says it. */
export function Proven({ account }: { account: Account }) {
  const { t } = useTranslation();
  const { id, principal, endpoint } = account;
  return (
    <div className={styles.proven} role="status" data-testid="connect-proven">
      <Facts
        facts={[
          { name: t("connect.proven.account"), value: <code>{id}</code> },
          ...(principal
            ? [
                {
                  name: t("connect.proven.principal"),
                  value: <code className={styles.wrap}>{principal}</code>,
                },
              ]
            : []),
          ...(endpoint
            ? [{ name: t("connect.proven.endpoint"), value: <EndpointBadge endpoint={endpoint} /> }]
            : []),
        ]}
      />
    </div>
  );
}
