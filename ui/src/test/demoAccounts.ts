import type {
  Account,
  AccountKey,
  AccountRegions,
  AccountRemoval,
  ConnectAccount,
  ProfileKind,
  ProfileView,
  ReplaceKey,
  UpdateAccount,
} from "../api/types";
import { apiError, type Handlers } from "../platform/fake";
import { dev } from "./demoWorld";

/** The serial number of an MFA device. */
export const SERIAL = `arn:aws:iam::${dev.id}:mfa/dev`;

/** The account that every profile and role leads to. */
export const PROVEN = "777788889999";

/** An account that waits for the code of an MFA device. */
export const waiting: Account = {
  ...dev,
  space: "aws",
  credentials: { source: "profile", profile: "dev" },
  principal: null,
  problem: apiError("mfa-code-needed", `A code of MFA device ${SERIAL} is needed.`, {
    field: SERIAL,
    side: "input",
    hint: "Enter the six digits that the device shows now.",
  }),
};

/** An account whose key was kept for an earlier session. */
export const keyForgotten: Account = {
  ...waiting,
  credentials: { source: "memory" },
  problem: apiError(
    "key-forgotten",
    "The access key of Dev was kept for one session of Longshore only, and is not in this one.",
    { side: "thisMachine", hint: "Enter the key again in Longshore's settings." },
  ),
};

/** A profile of the AWS configuration files. */
export function profile(name: string, kind: ProfileKind, more: Partial<ProfileView> = {}): ProfileView {
  const nothing = { region: null, account: null, role: null, mfaSerial: null, command: null, endpoint: null };
  return { name, kind, ...nothing, connected: null, ...more };
}

/** A profile of each kind. */
export const demoProfiles: ProfileView[] = [
  profile("acme-prod", "sso-session", { region: "eu-west-1", account: "444455556666", role: "Release" }),
  profile("ci", "web-identity", { role: "arn:aws:iam::444455556666:role/ci" }),
  profile("default", "static", { region: "us-west-2" }),
  profile("desktop", "login-session", { region: "us-west-2" }),
  profile("ec2", "role-from-environment", { role: "arn:aws:iam::444455556666:role/ec2" }),
  profile("empty", "none"),
  profile("legacy", "sso-legacy", { account: "444455556666", role: "Reader" }),
  profile("local", "static", { region: "us-east-1", endpoint: "http://localhost:4566" }),
  profile("release-staging", "role-from-profile", {
    region: "us-west-2",
    account: "444455556666",
    role: "arn:aws:iam::444455556666:role/release",
    mfaSerial: SERIAL,
  }),
  profile("vault", "credential-process", {
    region: "us-west-2",
    command: "/usr/local/bin/vault-credentials --role release",
  }),
];

/** The account that a request leads to. */
export function connectedAccount({ credentials, name, environment, regions }: ConnectAccount): Account {
  return {
    ...dev,
    space: "aws",
    id: PROVEN,
    name: name ?? (credentials.source === "profile" ? credentials.profile : "release"),
    environment: environment ?? "dev",
    regions: regions.length > 0 ? regions : ["us-west-2"],
    credentials,
    principal: `arn:aws:sts::${PROVEN}:assumed-role/Release/dev`,
  };
}

/** The Regions of an account of AWS, some of them not enabled. */
export const demoRegions: AccountRegions = {
  regions: [
    { region: "af-south-1", enabled: false },
    { region: "ap-southeast-2", enabled: true },
    { region: "eu-west-1", enabled: true },
    { region: "me-central-1", enabled: false },
    { region: "us-east-2", enabled: true },
    { region: "us-west-2", enabled: true },
  ],
  problem: null,
};

/** The calls about the credentials of AWS accounts. */
export function accountHandlers(accounts: () => Account[]): Handlers {
  return {
    profiles: () => demoProfiles,
    prove_account: connectedAccount,
    connect_account: (request: ConnectAccount) => {
      const account = connectedAccount(request);
      accounts().push(account);
      return account;
    },
    check_account: ({ space, id }: AccountKey) => {
      const account = accounts().find((each) => each.space === space && each.id === id) ?? dev;
      return { ...account, principal: `arn:aws:iam::${id}:user/dev`, problem: null };
    },
    account_regions: ({ space, id }: AccountKey): AccountRegions => {
      if (space === "aws") return demoRegions;
      const regions = accounts().find((each) => each.space === space && each.id === id)?.regions ?? [];
      return { regions: regions.map((region) => ({ region, enabled: true })), problem: null };
    },
    update_account: (request: UpdateAccount) => {
      const account = accounts().find((each) => each.space === request.space && each.id === request.id);
      return { ...(account ?? dev), ...request };
    },
    enter_mfa_code: () => null,
    replace_key: ({ id, sessionOnly }: ReplaceKey): Account => {
      const account = accounts().find((each) => each.space === "aws" && each.id === id) ?? dev;
      return { ...account, credentials: { source: sessionOnly ? "memory" : "keychain" }, problem: null };
    },
    account_removal: ({ id }: AccountKey): AccountRemoval => {
      const account = accounts().find((each) => each.id === id);
      const source = account?.credentials.source;
      const session = account?.credentials.source === "sso" ? account.credentials.session : null;
      return { key: source === "keychain" || source === "memory", session };
    },
  };
}
