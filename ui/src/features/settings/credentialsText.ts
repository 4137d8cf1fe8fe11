import type { TFunction } from "i18next";
import type { Account, CredentialSource } from "../../api/types";

/** Where an account's credentials come from, in words. */
export function credentialsText(
  source: CredentialSource,
  accounts: readonly Account[],
  t: TFunction,
): string {
  if (source.source === "profile") {
    return t("settings.accounts.credentials.profile", { profile: source.profile });
  }
  if (source.source === "role") {
    const via = accounts.find((account) => isVia(account, source.via));
    return t("settings.accounts.credentials.role", { role: source.roleArn, via: via?.name ?? source.via });
  }
  if (source.source === "sso") {
    return t("settings.accounts.credentials.sso", { role: source.role, session: source.session });
  }
  return t(`settings.accounts.credentials.${source.source}`);
}

/** The accounts whose roles an account assumes. */
export function reachedBy(account: Account, accounts: readonly Account[]): Account[] {
  return accounts.filter(
    ({ credentials }) => credentials.source === "role" && isVia(account, credentials.via),
  );
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

/** Whether an account is the one that assumes a role. */
function isVia({ space, id, name }: Account, via: string): boolean {
  return space === "aws" && (id === via || name === via);
}
