import { useTranslation } from "react-i18next";
import type { Account, ApiError, RunView } from "../../api/types";
import { Notice } from "../../components/Findings";
import { Prose } from "../../components/Prose";
import { hasEnded } from "../events/applyEvent";
import { useKnownAccounts } from "../frame/scope";
import { needsPerson } from "../signin/useAccess";
import { useSolve } from "../signin/useSolve";
import styles from "./Runs.module.css";
import { runRegistries } from "./runText";

/** What a run waits for a person to do, with the button that does it; the run then goes on by itself. */
export function RunWaiting({ run, compact = false }: { run: RunView; compact?: boolean }) {
  const { t } = useTranslation();
  const accounts = useKnownAccounts();
  const { waiting } = run;
  if (!waiting || hasEnded(run.state)) return null;
  const account = waitingFor(run, waiting, accounts);
  if (compact) return account ? <Solve account={account} problem={waiting} prefix="run-row" /> : null;
  return (
    <Notice severity="warning">
      <div className={styles.waiting} data-testid="run-waiting">
        <p>
          {t("activity.waitsFor", { name: account?.name ?? t("activity.someAccount") })}{" "}
          <Prose text={waiting.message} />
        </p>
        <p className={styles.muted}>{t("activity.waitsThen")}</p>
        {account ? (
          <Solve account={account} problem={waiting} prefix="run" />
        ) : (
          waiting.hint && (
            <p className={styles.muted}>
              <Prose text={waiting.hint} />
            </p>
          )
        )}
      </div>
    </Notice>
  );
}

function Solve({ account, problem, prefix }: { account: Account; problem: ApiError; prefix: string }) {
  const { button, rest } = useSolve(account, problem, prefix);
  return (
    <>
      <span>{button}</span>
      {rest}
    </>
  );
}

/** The account that a run waits for. Its problem changes when a code is refused, and it stays the same account. */
function waitingFor(run: RunView, { code, message }: ApiError, accounts: readonly Account[]) {
  const ids = new Set(runRegistries(run).map(({ account }) => account));
  const troubled = accounts.flatMap((account) =>
    account.space === run.space && account.problem ? [{ account, problem: account.problem }] : [],
  );
  const waiting = troubled.filter(({ problem }) => problem.code === code || needsPerson(problem));
  const found =
    waiting.find(({ account, problem }) => ids.has(account.id) && problem.message === message) ??
    waiting.find(({ problem }) => problem.message === message) ??
    waiting.find(({ account }) => ids.has(account.id)) ??
    (waiting.length === 1 ? waiting[0] : undefined);
  return found?.account;
}
