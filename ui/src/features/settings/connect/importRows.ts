import type { TFunction } from "i18next";
import type { Account, CredentialSource, ImportCandidate, ProfileView } from "../../../api/types";
import { deviceOf } from "../../signin/chain";
import { kindText } from "./ProfileList";

/** An account that can be connected together with others. */
export interface ImportRow {
  id: string;
  /** What is chosen: a profile, or an account of Identity Center or an organization. */
  name: string;
  /** How it gets its credentials, in words. */
  kind: string;
  region: string | null;
  account: string | null;
  role: string | null;
  command: string | null;
  endpoint: string | null;
  mfaSerial: string | null;
  credentials: CredentialSource;
  /** The name under which it is connected; the application's choice without it. */
  as: string | null;
  /** Whether it has credentials at all. */
  usable: boolean;
}

/** Profiles that are not connected; one that has a result stays. */
export function profileRows(
  profiles: readonly ProfileView[],
  hasResult: (id: string) => boolean,
  t: TFunction,
): ImportRow[] {
  return profiles
    .filter(({ name, connected }) => connected === null || hasResult(name))
    .map(({ name, kind, connected: _, ...rest }) => ({
      ...rest,
      id: name,
      name,
      kind: kindText(kind, t),
      credentials: { source: "profile", profile: name },
      as: null,
      usable: kind !== "none",
    }));
}

/** A candidate as one string. */
export function candidateId({ account, credentials }: ImportCandidate): string {
  return `${account}/${roleOf(credentials)}`;
}

/** The role of a candidate, with its path. */
export function roleOf(credentials: CredentialSource): string {
  if (credentials.source === "sso") return credentials.role;
  return credentials.source === "role" ? (credentials.roleArn.split(":role/")[1] ?? "") : "";
}

/** Accounts and roles whose account is not connected yet; one that has a result stays. */
export function candidateRows(
  candidates: readonly ImportCandidate[],
  accounts: readonly Account[],
  hasResult: (id: string) => boolean,
  t: TFunction,
): ImportRow[] {
  const connected = new Set(accounts.flatMap(({ space, id }) => (space === "aws" ? [id] : [])));
  return candidates
    .filter((each) => !connected.has(each.account) || hasResult(candidateId(each)))
    .map((each) => ({
      id: candidateId(each),
      name: each.name,
      kind: t(each.credentials.source === "sso" ? "connect.kind.sso-session" : "connect.kind.organization"),
      region: null,
      account: each.account,
      role: roleOf(each.credentials),
      command: null,
      endpoint: null,
      mfaSerial: deviceOf(each.credentials, accounts),
      credentials: each.credentials,
      as: each.name,
      usable: true,
    }));
}

/** Rows that can be chosen together: an account is connected by one role only, the first. */
export function onePerAccount(rows: readonly ImportRow[]): ImportRow[] {
  const isFirst = (row: ImportRow, index: number) =>
    row.credentials.source !== "sso" || rows.findIndex(({ account }) => account === row.account) === index;
  return rows.filter(isFirst);
}

/** The selection after a row was chosen or not; another role of its account is no longer chosen. */
export function select(
  selected: ReadonlySet<string>,
  row: ImportRow,
  rows: readonly ImportRow[],
  on: boolean,
): ReadonlySet<string> {
  const next = new Set(selected);
  next.delete(row.id);
  if (!on) return next;
  if (row.credentials.source === "sso") {
    for (const other of rows) if (other.account === row.account) next.delete(other.id);
  }
  return next.add(row.id);
}
