import { act, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Account, CredentialSource, SignInState, SsoSessionView, StartSignIn } from "../../api/types";
import { apiError, type Handlers } from "../../platform/fake";
import { SERIAL } from "../../test/demoAccounts";
import { demoSession, inAnHour, signedInSession, signedOut, signInHandlers } from "../../test/demoSignIn";
import { dev, prod } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";
import { sessionOf } from "./sessions";

const KEY = { session: "acme", startUrl: null, region: null };

/** The settings with a session, and a sign-in that ends as `state` says. */
function show(
  {
    sessions = [demoSession()],
    state = () => ({ state: "waiting" }),
  }: { sessions?: SsoSessionView[]; state?: () => SignInState } = {},
  handlers: Handlers = {},
) {
  const app = renderApp("/settings?tab=accounts", {
    handlers: { ...signInHandlers(sessions, state), ...handlers },
  });
  const commands = () => app.platform.calls.map(({ command }) => command);
  return { ...app, commands };
}

describe("a sign-in", () => {
  it("opens the browser at a click, shows the link to copy, and ends with the dialog when it is done", async () => {
    let done = false;
    const { user, last, commands, platform } = show({
      state: () => (done ? { state: "done" } : { state: "waiting" }),
    });
    await screen.findByTestId("sso-session-acme");
    expect(commands()).not.toContain("open_sign_in");
    await user.click(screen.getByTestId("sign-in-acme"));
    const dialog = await screen.findByTestId("dialog-sign-in");
    expect(await within(dialog).findByTestId("sign-in-link")).toHaveTextContent(
      "https://acme.awsapps.com/start",
    );
    expect(last("start_sign_in")).toEqual({ session: KEY, way: "browser", remember: true });
    await waitFor(() => expect(last("open_sign_in")).toEqual({ id: "sign-in-1" }));
    done = true;
    act(() => platform.emit({ event: "accounts" }));
    await waitFor(() => expect(dialog).not.toBeInTheDocument());
    expect(commands()).not.toContain("cancel_sign_in");
  });

  it("is asked about every second", async () => {
    const { user, commands } = show();
    await user.click(await screen.findByTestId("sign-in-acme"));
    await screen.findByTestId("sign-in-waiting");
    await waitFor(() =>
      expect(commands().filter((command) => command === "sign_in").length).toBeGreaterThan(2),
    );
  });

  it("shows a code for another device one click away, and opens nothing then", async () => {
    const { user, last, commands } = show();
    await user.click(await screen.findByTestId("sign-in-acme"));
    await waitFor(() => expect(commands()).toContain("open_sign_in"));
    await user.click(await screen.findByTestId("sign-in-device"));
    expect(await screen.findByTestId("sign-in-code")).toHaveTextContent("ABCD-EFGH");
    expect(last("cancel_sign_in")).toEqual({ id: "sign-in-1" });
    expect(last("start_sign_in")).toEqual({ session: KEY, way: "device", remember: true });
    expect(commands().filter((command) => command === "open_sign_in")).toHaveLength(1);
  });

  it("begins in the way in which the person signed in the last time", async () => {
    const { user, last } = show({ sessions: [demoSession({ way: "device" })] });
    await user.click(await screen.findByTestId("sign-in-acme"));
    await screen.findByTestId("sign-in-code");
    expect(last("start_sign_in")).toMatchObject({ way: "device" });
    expect(last("open_sign_in")).toBeUndefined();
  });

  it.each(["sign-in-cancel", "sign-in-close"])("is given up by %s", async (button) => {
    const { user, last } = show();
    await user.click(await screen.findByTestId("sign-in-acme"));
    await screen.findByTestId("sign-in-waiting");
    await user.click(screen.getByTestId(button));
    await waitFor(() => expect(last("cancel_sign_in")).toEqual({ id: "sign-in-1" }));
    await waitFor(() => expect(screen.queryByTestId("sign-in-waiting")).not.toBeInTheDocument());
  });

  it("that failed says why, and can be begun again", async () => {
    const error = apiError("sign-in-refused", "The sign-in was refused.", { hint: "Sign in again." });
    const { user, commands } = show({ state: () => ({ state: "failed", error }) });
    await user.click(await screen.findByTestId("sign-in-acme"));
    expect(await screen.findByText("The sign-in was refused.")).toBeVisible();
    await user.click(screen.getByTestId("sign-in-start"));
    await waitFor(() => expect(commands().filter((command) => command === "start_sign_in")).toHaveLength(2));
  });

  it.each(["keychain-locked", "keychain-missing"])(
    "works for this session only if the desktop's keychain is not there (%s)",
    async (code) => {
      const { user, last } = show(
        {},
        {
          start_sign_in: (request: StartSignIn) => {
            if (request.remember) throw apiError(code, "The keychain is locked.");
            return {
              ...{ id: "1", session: request.session, way: request.way, url: "https://a", userCode: null },
              state: { state: "waiting" },
            };
          },
        },
      );
      await user.click(await screen.findByTestId("sign-in-acme"));
      await user.click(await screen.findByTestId("sign-in-for-now"));
      await screen.findByTestId("sign-in-waiting");
      expect(last("start_sign_in")).toEqual({ session: KEY, way: "browser", remember: false });
    },
  );

  it("shows a link and a code with nothing hidden in them", async () => {
    const { user } = show(
      {},
      {
        start_sign_in: ({ session }: StartSignIn) => ({
          ...{ id: "sign-in-1", session, way: "device", url: "https://a/\u202e", userCode: "A\u200bB" },
          state: { state: "waiting" },
        }),
        sign_in: () => new Promise(() => undefined),
      },
    );
    await user.click(await screen.findByTestId("sign-in-acme"));
    expect(await screen.findByTestId("sign-in-code")).toHaveTextContent("A\\u{200b}B");
    expect(screen.getByTestId("sign-in-link")).toHaveTextContent("https://a/\\u{202e}");
  });
});

describe("the sessions in the settings", () => {
  const LAB = { session: "lab", startUrl: "https://lab.awsapps.com/start", region: "eu-west-1" };
  const lab = (more: Partial<SsoSessionView> = {}) =>
    signedInSession({ key: LAB, startUrl: LAB.startUrl, inFiles: false, ...more });

  it("show the start URL and when the sign-in ends, and sign out", async () => {
    const { user, last } = show({ sessions: [demoSession(), lab()] });
    const row = await screen.findByTestId("sso-session-lab");
    expect(row).toHaveTextContent(
      /Signed in until .*https:\/\/lab\.awsapps\.com\/start.*Entered in Longshore/,
    );
    const acme = screen.getByTestId("sso-session-acme");
    expect(acme).toHaveTextContent("Not signed in");
    expect(screen.getByTestId("sso-token-acme")).toHaveTextContent("None is stored");
    expect(within(acme).queryByTestId("sign-out-acme")).not.toBeInTheDocument();
    await user.click(within(row).getByTestId("sign-out-lab"));
    await waitFor(() => expect(last("sign_out")).toEqual(LAB));
  });

  it.each([
    ["keychain", "In the keychain"],
    ["sealedFile", "In a sealed file; its key is in the keychain"],
    ["memory", "In memory only, until Longshore closes"],
  ] as const)("say that a sign-in is in the %s, and forget one that has ended there", async (place, text) => {
    const ended = new Date(Date.now() - 60_000).toISOString();
    const held = { place, until: ended, refreshes: false };
    let sessions = [lab({ held, signedInUntil: null })];
    const { user, last } = show(
      {},
      {
        sso_sessions: () => sessions,
        sign_out: () => {
          sessions = [lab({ held: null, signedInUntil: null })];
          return null;
        },
      },
    );
    const token = await screen.findByTestId("sso-token-lab");
    expect(token).toHaveAttribute("data-place", place);
    expect(token).toHaveTextContent(`${text}The stored sign-in ended`);
    const forget = screen.getByTestId("sign-out-lab");
    expect(forget).toHaveTextContent("Forget");
    expect(screen.getByTestId("sign-in-lab")).toBeEnabled();
    await user.click(forget);
    await waitFor(() => expect(token).toHaveTextContent("None is stored"));
    expect(last("sign_out")).toEqual(LAB);
    expect(screen.queryByTestId("sign-out-lab")).not.toBeInTheDocument();
  });

  it("do not offer to forget what the AWS CLI left, and say when the keychain cannot be asked", async () => {
    const error = apiError("keychain-locked", "The keychain is locked.", { hint: "Unlock it." });
    show({
      sessions: [
        demoSession({ signedInUntil: inAnHour(), ofTerminal: inAnHour() }),
        lab({ held: null, signedInUntil: null, unknown: error }),
      ],
    });
    expect(await screen.findByTestId("sso-token-acme")).toHaveTextContent("In the folder of the AWS CLI");
    expect(screen.queryByTestId("sign-out-acme")).not.toBeInTheDocument();
    const token = screen.getByTestId("sso-token-lab");
    expect(token).toHaveTextContent("Not knownThe keychain is locked. Unlock it.");
    expect(screen.getByTestId("sign-out-lab")).toHaveTextContent("Forget");
  });

  it("say why a sign-in was not forgotten", async () => {
    const { user } = show(
      { sessions: [lab()] },
      {
        sign_out: () => {
          throw apiError("keychain-locked", "The keychain is locked.");
        },
      },
    );
    await user.click(await screen.findByTestId("sign-out-lab"));
    expect(await screen.findAllByText("The keychain is locked.")).not.toHaveLength(0);
    expect(screen.getByTestId("sign-out-lab")).toBeEnabled();
  });

  it("say that a sign-in is for this session only if it was", async () => {
    let until: string | null = null;
    const { user } = show(
      { state: () => ({ state: "done" }) },
      {
        sso_sessions: () => [
          until ? signedInSession({ held: { place: "memory", until, refreshes: false } }) : demoSession(),
        ],
        start_sign_in: (request: StartSignIn) => {
          if (request.remember) throw apiError("keychain-locked", "The keychain is locked.");
          until = inAnHour();
          return {
            ...{ id: "1", session: KEY, way: "browser", url: "https://a", userCode: null },
            state: { state: "waiting" },
          };
        },
        sign_in: () => ({
          ...{ id: "1", session: KEY, way: "browser", url: "https://a", userCode: null },
          state: { state: "done" },
        }),
      },
    );
    await user.click(await screen.findByTestId("sign-in-acme"));
    await user.click(await screen.findByTestId("sign-in-for-now"));
    await waitFor(() =>
      expect(screen.getByTestId("sso-session-acme")).toHaveTextContent(
        "In memory only, until Longshore closes",
      ),
    );
  });

  it("are not shown if there are none", async () => {
    show({ sessions: [] });
    await screen.findByTestId("guard-card");
    expect(screen.queryByTestId("sso-sessions")).not.toBeInTheDocument();
  });
});

describe("an account whose sign-in has ended", () => {
  const open = (account: Account, sessions = [demoSession()]) => {
    let current = account;
    return show(
      { sessions, state: () => ({ state: "done" }) },
      {
        accounts: () => [current],
        check_account: () => {
          current = { ...current, problem: null, principal: "arn:aws:sts::444455556666:assumed-role/r/s" };
          return current;
        },
      },
    );
  };

  it("is signed in again with one button, and then checked", async () => {
    const { user, last } = open(signedOut);
    const row = await screen.findByTestId(`account-${prod.id}`);
    await user.click(within(row).getByTestId(`account-sign-in-${prod.id}`));
    await waitFor(() => expect(row).toHaveTextContent("assumed-role/r/s"));
    expect(last("start_sign_in")).toEqual({ session: KEY, way: "browser", remember: true });
    expect(last("check_account")).toEqual({ space: "aws", id: prod.id });
    expect(screen.queryByTestId("dialog-sign-in")).not.toBeInTheDocument();
  });

  it("lets its session be chosen if it is connected by a profile", async () => {
    const lab = demoSession({ key: { ...KEY, session: "lab" } });
    const profile: Account = { ...signedOut, credentials: { source: "profile", profile: "live" } };
    const { user, last } = open(profile, [demoSession(), lab]);
    await user.click(await screen.findByTestId(`account-sign-in-${prod.id}`));
    expect(await screen.findByTestId("sign-in-start")).toBeDisabled();
    await user.click(screen.getByRole("radio", { name: "lab" }));
    await user.click(screen.getByTestId("sign-in-start"));
    await waitFor(() =>
      expect(screen.getByTestId(`account-${prod.id}`)).toHaveTextContent("assumed-role/r/s"),
    );
    expect(last("start_sign_in")).toMatchObject({ session: { session: "lab" } });
  });
});

it("a sign-in behind an MFA device is asked for after the code, and not begun by itself", async () => {
  let isIn = false;
  const needed = apiError("mfa-code-needed", "A code is needed.", { field: SERIAL });
  const { user, last } = show(
    {
      state: () => {
        isIn = true;
        return { state: "done" };
      },
    },
    {
      accounts: () => [{ ...signedOut, problem: needed }],
      check_account: () => ({ ...signedOut, problem: isIn ? null : signedOut.problem }),
    },
  );
  await user.click(await screen.findByTestId(`account-code-${prod.id}`));
  await user.type(await screen.findByTestId("mfa-code"), "123456{Enter}");
  const dialog = await screen.findByTestId("dialog-sign-in");
  expect(screen.queryByTestId("dialog-mfa")).not.toBeInTheDocument();
  expect(last("start_sign_in")).toBeUndefined();
  await user.click(await within(dialog).findByTestId("sign-in-start"));
  await waitFor(() => expect(dialog).not.toBeInTheDocument());
  expect(last("check_account")).toEqual({ space: "aws", id: prod.id });
});

it("the session of a role is that of the account that assumes it", () => {
  const role: CredentialSource = {
    source: "role",
    roleArn: "arn:aws:iam::1:role/r",
    via: prod.id,
    ...{ externalId: null, sessionName: null, mfaSerial: null, duration: null },
  };
  expect(sessionOf(role, [signedOut])).toEqual(KEY);
  expect(sessionOf(role, [{ ...dev, space: "aws" }])).toBeNull();
  expect(sessionOf({ source: "profile", profile: "p" }, [])).toBeNull();
});
