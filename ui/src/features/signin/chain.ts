import type { Account, CredentialSource } from "../../api/types";

/** Whether an account is the one that assumes a role. */
export function isVia({ space, id, name }: Account, via: string): boolean {
  return space === "aws" && (id === via || name === via);
}

/** The accounts whose roles an account assumes. */
export function reachedBy(account: Account, accounts: readonly Account[]): Account[] {
  return accounts.filter(
    ({ credentials }) => credentials.source === "role" && isVia(account, credentials.via),
  );
}

/** The credentials at the beginning of a chain of roles; null if an account on the way is not known. */
export function viaOf(
  credentials: CredentialSource,
  accounts: readonly Account[],
  length = 0,
): CredentialSource | null {
  if (credentials.source !== "role") return credentials;
  const via = accounts.find((account) => isVia(account, credentials.via));
  return via && length < accounts.length ? viaOf(via.credentials, accounts, length + 1) : null;
}

/** The MFA device of a role, or of a role on the way to the account that assumes it. */
export function deviceOf(
  credentials: CredentialSource,
  accounts: readonly Account[],
  length = 0,
): string | null {
  if (credentials.source !== "role") return null;
  if (credentials.mfaSerial !== null) return credentials.mfaSerial;
  const via = accounts.find((account) => isVia(account, credentials.via));
  return via && length < accounts.length ? deviceOf(via.credentials, accounts, length + 1) : null;
}
