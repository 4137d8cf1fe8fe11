import { Link } from "@tanstack/react-router";
import { CircleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Account, ApiError } from "../../api/types";
import { useScope } from "../frame/scope";
import { needsKey } from "./keys";
import styles from "./SignIn.module.css";
import { needsPerson } from "./useAccess";
import { useSolve } from "./useSolve";

/** So many accounts have a line of their own. */
const SHOWN = 3;

/** Accounts that wait for a person to sign in, or to enter a code or a key; on every screen but the settings. */
export function PersonBar() {
  const { t } = useTranslation();
  const { accounts } = useScope();
  const waiting = accounts.flatMap((account) =>
    account.space === "aws" && account.problem && (needsPerson(account.problem) || needsKey(account.problem))
      ? [{ account, problem: account.problem }]
      : [],
  );
  if (waiting.length === 0) return null;
  const more = waiting.length - SHOWN;
  return (
    <section className={styles.bar} aria-label={t("signin.bar")} data-testid="person-bar">
      {waiting.slice(0, SHOWN).map(({ account, problem }) => (
        <Entry key={account.id} account={account} problem={problem} />
      ))}
      {more > 0 && (
        <Link to="/settings" search={{ tab: "accounts" }}>
          {t("signin.more", { count: more })}
        </Link>
      )}
    </section>
  );
}

function Entry({ account, problem }: { account: Account; problem: ApiError }) {
  const { t } = useTranslation();
  const { button, rest } = useSolve(account, problem, "person");
  return (
    <div className={styles.entry} data-testid={`person-${account.id}`}>
      <CircleAlert aria-hidden="true" className={styles.mark} />
      <span className={styles.wrap}>{t("signin.needed", { name: account.name })}</span>
      {button}
      {rest}
    </div>
  );
}
