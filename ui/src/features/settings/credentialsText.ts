import type { TFunction } from "i18next";
import type { Account, CredentialSource } from "../../api/types";
import { isVia } from "../signin/chain";

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
