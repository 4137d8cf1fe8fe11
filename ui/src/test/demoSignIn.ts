import type {
  Account,
  HeldSignIn,
  ImportCandidate,
  SignIn,
  SignInKey,
  SignInState,
  SsoSessionKey,
  SsoSessionView,
  StartSignIn,
} from "../api/types";
import { apiError, type Handlers } from "../platform/fake";
import { prod } from "./demoWorld";

const START_URL = "https://acme.awsapps.com/start";

/** A session of the AWS configuration files to which nobody is signed in. */
export function demoSession(more: Partial<SsoSessionView> = {}): SsoSessionView {
  return {
    key: { session: "acme", startUrl: null, region: null },
    startUrl: START_URL,
    region: "us-east-1",
    inFiles: true,
    signedInUntil: null,
    held: null,
    unknown: null,
    ofTerminal: null,
    way: "browser",
    ...more,
  };
}

/** A session with a valid sign-in. */
export function signedInSession(more: Partial<SsoSessionView> = {}): SsoSessionView {
  const until = inAnHour();
  const held: HeldSignIn = { place: "keychain", until, refreshes: false };
  return demoSession({ signedInUntil: until, held, ...more });
}

/** Until when somebody is signed in. */
export const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

/** An account of a session in which a person has a role. */
export function candidate(account: string, name: string, role: string): ImportCandidate {
  return { account, name, credentials: { source: "sso", session: "acme", account, role } };
}

/** Accounts and roles of the session. */
export const demoCandidates: ImportCandidate[] = [
  candidate("700000000001", "Build", "Developer"),
  candidate("700000000002", "Live", "ReadOnly"),
  candidate("700000000002", "Live", "Release"),
];

/** An account whose sign-in has ended. */
export const signedOut: Account = {
  ...prod,
  space: "aws",
  credentials: { source: "sso", session: "acme", account: prod.id, role: "Release" },
  principal: null,
  problem: apiError(
    "sso-sign-in-needed",
    "Nobody is signed in to the SSO session `acme`, or the session has ended.",
  ),
};

/** The calls about sign-ins. A sign-in waits until `state` says something else. */
export function signInHandlers(
  sessions: SsoSessionView[] = [],
  state: () => SignInState = () => ({ state: "waiting" }),
): Handlers {
  const begun: SignIn[] = [];
  const find = (id: string) => {
    const found = begun.find((each) => each.id === id);
    if (!found) throw apiError("sign-in-unknown", "This sign-in does not exist.");
    return found;
  };
  return {
    sso_sessions: () => sessions,
    start_sign_in: ({ session, way }: StartSignIn) => {
      const id = `sign-in-${begun.length + 1}`;
      const named = session.session === "" ? { ...session, session: "acme" } : session;
      const more = way === "device" ? "?user_code=ABCD-EFGH" : "";
      const begins: SignIn = {
        id,
        session: named,
        way,
        url: `${START_URL}${more}`,
        userCode: way === "device" ? "ABCD-EFGH" : null,
        state: { state: "waiting" },
      };
      begun.push(begins);
      return begins;
    },
    sign_in: ({ id }: SignInKey) => ({ ...find(id), state: state() }),
    open_sign_in: () => null,
    cancel_sign_in: () => null,
    sign_out: (_: SsoSessionKey) => null,
    sso_accounts: () => demoCandidates,
  };
}
