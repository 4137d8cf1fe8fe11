import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { ConnectAccount, StartSignIn } from "../../../api/types";
import { apiError, type Handlers } from "../../../platform/fake";
import { connectedAccount, profile } from "../../../test/demoAccounts";
import { candidate, demoSession, signedInSession, signInHandlers } from "../../../test/demoSignIn";
import { dev } from "../../../test/demoWorld";
import { renderApp } from "../../../test/renderApp";

const signedIn = () => signInHandlers([signedInSession()]);

async function connect(handlers: Handlers) {
  const app = renderApp("/settings?connect=true", { handlers });
  await app.user.click(await screen.findByTestId("connect-way-sso"));
  return app;
}

describe("an account of IAM Identity Center", () => {
  it("is chosen with its role and connected", async () => {
    const { user, last } = await connect(signedIn());
    await user.click(await screen.findByTestId("sso-account-700000000002/Release"));
    expect(screen.getByTestId("account-name")).toHaveValue("Live");
    await user.type(screen.getByTestId("account-regions"), "us-west-2");
    await user.click(screen.getByTestId("connect-account-submit"));
    await waitFor(() =>
      expect(last("connect_account")).toEqual({
        credentials: { source: "sso", session: "acme", account: "700000000002", role: "Release" },
        name: "Live",
        environment: "production",
        colour: null,
        regions: ["us-west-2"],
      }),
    );
  });

  it("cannot be chosen before somebody is signed in, nor connected twice", async () => {
    const { user } = await connect({
      ...signInHandlers([demoSession()], () => ({ state: "done" })),
      sso_accounts: () => [candidate(dev.id, "Dev", "Release"), candidate("700000000001", "Build", "R")],
      accounts: () => [{ ...dev, space: "aws" }],
    });
    const start = await screen.findByTestId("sign-in-start");
    expect(screen.queryByTestId("sso-account")).not.toBeInTheDocument();
    expect(screen.getByTestId("connect-account-submit")).toBeDisabled();
    await user.click(start);
    const connected = await screen.findByTestId(`sso-account-${dev.id}/Release`);
    expect(connected).toHaveAttribute("aria-disabled", "true");
    expect(screen.getByTestId("sso-account-700000000001/R")).not.toHaveAttribute("aria-disabled", "true");
  });

  it("is found by a start URL, whose errors are shown at its fields", async () => {
    const { user, last } = await connect({
      start_sign_in: ({ session }: StartSignIn) => {
        throw apiError("start-url", `${session.startUrl} is not a URL.`, { field: "startUrl" });
      },
    });
    const url = await screen.findByTestId("sso-startUrl");
    await user.type(url, "acme");
    expect(screen.getByTestId("sign-in-start")).toBeDisabled();
    await user.type(screen.getByTestId("sso-region"), "us-east-1");
    await user.click(screen.getByTestId("sign-in-start"));
    await waitFor(() => expect(url).toHaveAccessibleDescription(/^acme is not a URL\./));
    expect(last("start_sign_in")).toEqual({
      session: { session: "", startUrl: "acme", region: "us-east-1" },
      way: "browser",
      remember: true,
    });
    expect(screen.queryByTestId("error-state")).not.toBeInTheDocument();
  });

  it("is listed for a session that was entered and is not in any file", async () => {
    const { user, last } = await connect(signInHandlers([], () => ({ state: "done" })));
    await user.type(await screen.findByTestId("sso-startUrl"), "https://acme.awsapps.com/start");
    await user.type(screen.getByTestId("sso-region"), "us-east-1");
    await user.click(screen.getByTestId("sign-in-start"));
    await screen.findByTestId("sso-account-700000000001/Developer");
    const session = { session: "acme", startUrl: "https://acme.awsapps.com/start", region: "us-east-1" };
    expect(last("sso_accounts")).toEqual(session);
  });

  it("is listed after another sign-in if the last one has ended", async () => {
    let reads = 0;
    const { user } = await connect({
      ...signInHandlers([signedInSession()], () => ({ state: "done" })),
      sso_accounts: () => {
        reads += 1;
        if (reads === 1) throw apiError("sso-sign-in-needed", "Nobody is signed in.");
        return [candidate("700000000001", "Build", "R")];
      },
    });
    await user.click(await screen.findByTestId("sso-expired"));
    await user.click(await screen.findByTestId("sign-in-start"));
    expect(await screen.findByTestId("sso-account-700000000001/R")).toBeVisible();
  });

  it("has a name and a role that hide nothing", async () => {
    await connect({
      ...signedIn(),
      sso_accounts: () => [candidate("700000000001", "Li\u202eve", "R\u200b")],
    });
    expect(await screen.findByRole("radio", { name: "Li\\u{202e}ve · R\\u{200b}" })).toBeVisible();
  });
});

it("a profile that needs a sign-in offers it, and is then connected", async () => {
  let isIn = false;
  const { user, last } = renderApp("/settings?connect=true", {
    handlers: {
      ...signInHandlers([demoSession()], () => {
        isIn = true;
        return { state: "done" };
      }),
      profiles: () => [profile("live", "sso-session")],
      connect_account: (request: ConnectAccount) => {
        if (!isIn) throw apiError("sso-sign-in-needed", "Nobody is signed in.");
        return connectedAccount(request);
      },
    },
  });
  await user.click(await screen.findByTestId("connect-profile-live"));
  await user.click(screen.getByTestId("connect-account-submit"));
  const dialog = await screen.findByTestId("dialog-sign-in");
  // The browser opens only when the person asks for it.
  expect(last("start_sign_in")).toBeUndefined();
  await user.click(await within(dialog).findByTestId("sign-in-start"));
  await waitFor(() => expect(screen.queryByTestId("dialog-connect-account")).not.toBeInTheDocument());
  expect(last("open_sign_in")).toEqual({ id: "sign-in-1" });
});

describe("several accounts of IAM Identity Center", () => {
  const open = async (handlers: Handlers = {}) => {
    const app = renderApp("/settings?tab=accounts", {
      handlers: { ...signedIn(), connect_account: connectedAccount, ...handlers },
    });
    await app.user.click(await screen.findByTestId("import-accounts"));
    await app.user.click(await screen.findByTestId("import-way-sso"));
    await screen.findByTestId("import-table");
    const requests = () =>
      app.platform.calls
        .filter(({ command }) => command === "connect_account")
        .map(({ request }) => request as ConnectAccount);
    return { ...app, requests };
  };

  it("are imported with their names, each by one role, in the Regions that were entered", async () => {
    const { user, requests } = await open();
    await user.click(screen.getByTestId("import-all"));
    expect(screen.getByTestId("import-submit")).toHaveTextContent("Connect 2 accounts");
    // Another role of the same account is chosen instead of the first.
    await user.click(screen.getByTestId("import-700000000002/Release"));
    expect(screen.getByTestId("import-700000000002/ReadOnly")).not.toBeChecked();
    expect(screen.getByTestId("import-submit")).toHaveTextContent("Connect 2 accounts");
    await user.type(screen.getByTestId("import-regions"), "us-west-2, eu-west-1");
    await user.click(screen.getByTestId("import-submit"));
    await waitFor(() =>
      expect(screen.getByTestId("import-summary")).toHaveTextContent("2 accounts connected"),
    );
    expect(
      requests().map(({ name, credentials, regions }) => [
        name,
        credentials.source === "sso" && credentials.role,
        regions,
      ]),
    ).toEqual([
      ["Build", "Developer", ["us-west-2", "eu-west-1"]],
      ["Live", "Release", ["us-west-2", "eu-west-1"]],
    ]);
  });

  it("leave out those that are connected", async () => {
    await open({ accounts: () => [{ ...dev, space: "aws", id: "700000000001" }] });
    expect(screen.queryByTestId("import-700000000001/Developer")).not.toBeInTheDocument();
    expect(screen.getByTestId("import-700000000002/Release")).toBeVisible();
  });
});
