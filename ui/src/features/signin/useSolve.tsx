import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { Account, ApiError } from "../../api/types";
import { Button } from "../../components/Button";
import { ErrorState } from "../../components/States";
import { accountKey, useAccountChange } from "../frame/accountChanges";
import { useKnownAccounts } from "../frame/scope";
import { deviceOf } from "./chain";
import { accountWithKey, needsKey } from "./keys";
import { needsCode } from "./mfa";
import { ReplaceKeyDialog } from "./ReplaceKeyDialog";
import { needsSignIn, sessionOf } from "./sessions";
import { needsPerson, useAccess } from "./useAccess";

/** The way out of an account's problem. */
export interface Solution {
  /** Its button: the code of an MFA device, a sign-in, an access key, or another check. */
  button: ReactNode;
  /** Its dialog, and the error of the check; below the button's line. */
  rest: ReactNode;
}

/** Solves the problem of an account of AWS. Buttons carry the test id `<prefix>-code-<id>` and the like. */
export function useSolve(account: Account, problem: ApiError, prefix: string): Solution {
  const { t } = useTranslation();
  const accounts = useKnownAccounts();
  const access = useAccess();
  const checkOnce = async () => {
    const checked = await api.checkAccount(accountKey(account));
    if (checked.problem && needsPerson(checked.problem)) throw checked.problem;
    return checked;
  };
  const serial = deviceOf(account.credentials, accounts);
  const session = sessionOf(account.credentials, accounts);
  const check = useAccountChange((needed: ApiError | null) =>
    access.run(checkOnce, { serial, session, ...(needed ? { needed } : {}) }),
  );
  const [entering, setEntering] = useState(false);
  const withKey = needsKey(problem) ? accountWithKey(account, accounts) : null;
  const way = withKey ? "key" : needsCode(problem) ? "code" : needsSignIn(problem) ? "sign-in" : "check";
  const texts = {
    code: t("settings.accounts.enterCode"),
    "sign-in": t("signin.again"),
    key: t("signin.key.enter"),
    check: t("settings.accounts.checkAgain"),
  };
  return {
    button: account.space === "aws" && (
      <Button
        size="small"
        busy={check.isPending}
        onClick={() => (way === "key" ? setEntering(true) : check.mutate(way === "check" ? null : problem))}
        data-testid={`${prefix}-${way}-${account.id}`}
      >
        {texts[way]}
      </Button>
    ),
    rest: (
      <>
        {check.error !== null && !needsPerson(check.error) && (
          <ErrorState error={check.error} compact onRetry={() => check.mutate(null)} />
        )}
        {access.dialog}
        {entering && withKey && <ReplaceKeyDialog account={withKey} onClose={() => setEntering(false)} />}
      </>
    ),
  };
}
