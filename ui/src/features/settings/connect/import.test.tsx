import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Account, ConnectAccount, ProfileView } from "../../../api/types";
import { apiError, type Handlers } from "../../../platform/fake";
import { connectedAccount, profile, SERIAL } from "../../../test/demoAccounts";
import { dev } from "../../../test/demoWorld";
import { renderApp } from "../../../test/renderApp";

const profiles = [
  profile("dev", "static", { region: "us-west-2", connected: dev.id }),
  profile("empty", "none"),
  profile("local", "static", { region: "us-east-1", endpoint: "http://localhost:4566" }),
  profile("prod", "sso-session", { region: "eu-west-1", account: "444455556666", role: "Release" }),
  profile("vault", "credential-process", { command: "/usr/local/bin/vault --role release" }),
];

const nameOf = ({ credentials }: ConnectAccount) =>
  credentials.source === "profile" ? credentials.profile : "";

/** The dialog, and an application that connects every profile but `local`. */
async function open(handlers: Handlers = {}, listed: ProfileView[] = profiles) {
  const accounts: Account[] = [{ ...dev, space: "aws" }];
  const connect = (request: ConnectAccount) => {
    const name = nameOf(request);
    if (name === "local") {
      throw apiError("network", "No answer from localhost:4566.", { hint: "Start the endpoint." });
    }
    const account = { ...connectedAccount(request), id: `90000000000${accounts.length}` };
    accounts.push(account);
    return account;
  };
  const app = renderApp("/settings?tab=accounts", {
    handlers: {
      accounts: () => accounts,
      profiles: () =>
        listed.map((each) => {
          const found = accounts.find(
            ({ credentials }) => credentials.source === "profile" && credentials.profile === each.name,
          );
          return found ? { ...each, connected: found.id } : each;
        }),
      connect_account: connect,
      ...handlers,
    },
  });
  await app.user.click(await screen.findByTestId("import-accounts"));
  const dialog = await screen.findByTestId("dialog-import");
  const requests = () =>
    app.platform.calls
      .filter(({ command }) => command === "connect_account")
      .map(({ request }) => nameOf(request as ConnectAccount));
  return { ...app, dialog, requests };
}

const row = (name: string) => screen.findByTestId(`import-row-${name}`);

describe("several profiles at once", () => {
  it("are those that are not connected, each with what it says of itself", async () => {
    const { dialog } = await open();
    const texts = (await within(dialog).findAllByRole("row")).slice(1).map((each) => each.textContent);
    expect(texts).toEqual(
      [
        "emptyNo credentials——",
        "localCustom endpoint: localhost:4566Access key in a fileus-east-1—",
        "prodIAM Identity Center sessioneu-west-1444455556666 (not checked)Release",
        "vault/usr/local/bin/vault --role releaseProgram——",
      ].map((text) => expect.stringContaining(text)),
    );
    expect(screen.getByTestId("import-empty")).toHaveAttribute("aria-disabled", "true");
    expect(screen.getByTestId("import-submit")).toBeDisabled();
  });

  it("are connected one after another, and each says what became of it", async () => {
    const { user, requests, last } = await open();
    await user.click(await screen.findByTestId("import-all"));
    expect(screen.getByTestId("import-submit")).toHaveTextContent("Connect 3 accounts");
    await user.click(screen.getByTestId("import-submit"));
    await waitFor(() =>
      expect(screen.getByTestId("import-summary")).toHaveTextContent("2 accounts connected, 1 failed"),
    );
    expect(requests()).toEqual(["local", "prod", "vault"]);
    expect(last("connect_account")).toEqual({
      credentials: { source: "profile", profile: "vault" },
      name: null,
      environment: null,
      colour: null,
      regions: [],
    });
    expect(await row("prod")).toHaveTextContent("Connected900000000001");
    expect(await row("local")).toHaveTextContent("FailedNo answer from localhost:4566. Start the endpoint.");
    expect(screen.getByTestId("account-900000000001")).toBeInTheDocument();
    expect(last("show_space")).toBe("aws");
    // What failed stays selected, and is tried again alone.
    await waitFor(() => expect(screen.getByTestId("import-submit")).toBeEnabled());
    expect(screen.getByTestId("import-submit")).toHaveTextContent("Connect 1 account");
    await user.click(screen.getByTestId("import-submit"));
    await waitFor(() => expect(requests()).toEqual(["local", "prod", "vault", "local"]));
  });

  it("take the typed Regions instead of their own", async () => {
    const { user, last } = await open();
    await user.type(await screen.findByTestId("import-profile-regions"), "us-west-2, eu-west-1");
    await user.click(screen.getByTestId("import-all"));
    await user.click(screen.getByTestId("import-submit"));
    await waitFor(() =>
      expect(last("connect_account")).toMatchObject({ regions: ["us-west-2", "eu-west-1"] }),
    );
  });

  it("show the programs that they run before anything runs them", async () => {
    const { user, dialog, requests } = await open();
    expect(await row("vault")).toHaveTextContent("/usr/local/bin/vault --role release");
    expect(dialog).not.toHaveTextContent("runs the programs");
    await user.click(screen.getByTestId("import-vault"));
    expect(dialog).toHaveTextContent("Longshore runs the programs of the selected profiles");
    expect(requests()).toEqual([]);
  });

  it("stop after the current one", async () => {
    const answers: (() => void)[] = [];
    const { user, requests } = await open({
      connect_account: (request: ConnectAccount) =>
        new Promise((resolve) => answers.push(() => resolve(connectedAccount(request)))),
    });
    await user.click(await screen.findByTestId("import-all"));
    await user.click(screen.getByTestId("import-submit"));
    expect(await row("local")).toHaveTextContent("Connecting…");
    await user.click(screen.getByTestId("import-stop"));
    answers[0]?.();
    await waitFor(() =>
      expect(screen.getByTestId("import-summary")).toHaveTextContent("1 account connected"),
    );
    await waitFor(() => expect(screen.queryByTestId("import-stop")).not.toBeInTheDocument());
    expect(requests()).toEqual(["local"]);
  });

  it("ask for the code of an MFA device, and go on without it", async () => {
    let entered = false;
    const guarded = profile("guarded", "role-from-profile", { mfaSerial: SERIAL });
    const { user, last, requests } = await open(
      {
        connect_account: (request: ConnectAccount) => {
          if (nameOf(request) !== "guarded" || entered) return connectedAccount(request);
          throw apiError("mfa-code-needed", "A code is needed.");
        },
        enter_mfa_code: () => {
          entered = true;
          return null;
        },
      },
      [guarded, ...profiles],
    );
    await user.click(await screen.findByTestId("import-guarded"));
    await user.click(screen.getByTestId("import-prod"));
    await user.click(screen.getByTestId("import-submit"));
    await user.click(await screen.findByTestId("mfa-cancel"));
    await waitFor(() => expect(requests()).toEqual(["guarded", "prod"]));
    expect(await row("guarded")).toHaveTextContent("FailedA code is needed.");
    await waitFor(() => expect(screen.getByTestId("import-submit")).toBeEnabled());
    await user.click(screen.getByTestId("import-submit"));
    await user.type(await screen.findByTestId("mfa-code"), "123456{Enter}");
    await waitFor(async () => expect(await row("guarded")).toHaveTextContent("Connected"));
    expect(last("enter_mfa_code")).toEqual({ serial: SERIAL, code: "123456" });
  });

  it("say when there are none left", async () => {
    await open({}, profiles.slice(0, 1));
    expect(await screen.findByText("No profiles to import")).toBeVisible();
  });

  it("say why they cannot be read", async () => {
    const { dialog } = await open({
      profiles: () => {
        throw apiError("profiles-unreadable", "Line 3 of ~/.aws/config cannot be read.");
      },
    });
    expect(await within(dialog).findByTestId("error-state")).toHaveTextContent("Line 3");
  });
});
