import { useQuery } from "@tanstack/react-query";
import { api } from "../../api/client";
import { toApiError } from "../../api/errors";
import { keys } from "../../api/keys";
import type { Account, CredentialSource, SecretPlace, SsoSessionKey, SsoSessionView } from "../../api/types";
import { viaOf } from "./chain";

/** Sessions of IAM Identity Center, read again whenever they are shown. */
export function useSsoSessions() {
  return useQuery({ queryKey: keys.ssoSessions, queryFn: api.ssoSessions, staleTime: 0 });
}

/** A session as one string. */
export function sessionId({ session, startUrl, region }: SsoSessionKey): string {
  return JSON.stringify([session, startUrl, region]);
}

/** Whether somebody is signed in to a session now. */
export function isSignedIn({ signedInUntil }: SsoSessionView, now = Date.now()): boolean {
  return signedInUntil !== null && Date.parse(signedInUntil) > now;
}

/** Whether a call, or an account, waits for a person to sign in. */
export function needsSignIn(error: unknown): boolean {
  return toApiError(error).code === "sso-sign-in-needed";
}

/** The session that credentials need, or those on the way to them; a profile does not tell its own. */
export function sessionOf(credentials: CredentialSource, accounts: readonly Account[]): SsoSessionKey | null {
  const first = viaOf(credentials, accounts);
  if (first?.source !== "sso") return null;
  const { session, startUrl = null, region = null } = first;
  return { session, startUrl, region };
}

/** Where the sign-in to a session is, in a word. */
export type TokenPlace = SecretPlace | "terminal" | "none" | "unknown";

/** Where the sign-in to a session is; one that the AWS CLI left counts only if Longshore holds none. */
export function tokenPlace({ held, unknown, ofTerminal }: SsoSessionView): TokenPlace {
  if (held) return held.place;
  if (ofTerminal !== null) return "terminal";
  return unknown ? "unknown" : "none";
}
