import { toApiError } from "../../api/errors";
import type { Account } from "../../api/types";
import { isVia } from "./chain";

const NO_KEYCHAIN: ReadonlySet<string> = new Set(["keychain-locked", "keychain-missing", "keychain-failed"]);

/** Whether a secret could not be stored because there is no keychain that can be used now. */
export function lacksKeychain(error: unknown): boolean {
  return error !== null && NO_KEYCHAIN.has(toApiError(error).code);
}

/** Whether an account waits for its access key, which was kept for an earlier session or is gone. */
export function needsKey(error: unknown): boolean {
  return ["key-forgotten", "key-missing"].includes(toApiError(error).code);
}

/** Whether an account is connected by an access key. */
export function isByKey({ credentials: { source } }: Account): boolean {
  return source === "keychain" || source === "memory";
}

/** The account with the access key by which an account acts, if its roles lead to one. */
export function accountWithKey(account: Account, accounts: readonly Account[], length = 0): Account | null {
  const { credentials } = account;
  if (credentials.source !== "role") return isByKey(account) ? account : null;
  const via = accounts.find((each) => isVia(each, credentials.via));
  return via && length < accounts.length ? accountWithKey(via, accounts, length + 1) : null;
}
