import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Account, AccountKey, AccountRemoval, AddAccount, ReplaceKey } from "../../api/types";
import { apiError, type Handlers } from "../../platform/fake";
import { keyForgotten } from "../../test/demoAccounts";
import { dev, prod } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

const locked = (code: string) => apiError(code, "The keychain is locked.", { hint: "Unlock it." });

async function fill(user: ReturnType<typeof renderApp>["user"]) {
  await user.type(await screen.findByTestId("account-access-key-id"), "AKIAINVENTED00000000");
  await user.type(screen.getByTestId("account-secret-access-key"), "invented");
}

/** The settings with accounts that can be given another key. */
function show(accounts: Account[], handlers: Handlers = {}, address = "/settings?tab=accounts") {
  let known = accounts;
  const app = renderApp(address, {
    handlers: {
      accounts: () => known,
      replace_key: ({ id, sessionOnly }: ReplaceKey) => {
        known = known.map((each) => ({
          ...each,
          problem: null,
          ...(each.id === id && { credentials: { source: sessionOnly ? "memory" : "keychain" } }),
        }));
        return known.find((each) => each.id === id) ?? dev;
      },
      ...handlers,
    },
  });
  return app;
}

describe("a key without a keychain", () => {
  it.each(["keychain-locked", "keychain-missing", "keychain-failed"])(
    "is kept for this session once a person says so (%s)",
    async (code) => {
      const { user, last } = renderApp("/settings?connect=true", {
        handlers: {
          add_account: (request: AddAccount) => {
            if (!request.sessionOnly) throw locked(code);
            return { ...dev, space: "aws", id: request.id, credentials: { source: "memory" } };
          },
        },
      });
      await user.click(await screen.findByTestId("connect-way-key"));
      await user.type(await screen.findByTestId("account-id"), "777788889999");
      await user.type(screen.getByTestId("account-name"), "Stage");
      await user.type(screen.getByTestId("account-regions"), "us-west-2");
      await fill(user);
      await user.click(screen.getByTestId("connect-account-submit"));
      expect(await screen.findByTestId("error-state")).toHaveTextContent("The keychain is locked.");
      expect(last("add_account")).toMatchObject({ sessionOnly: false });
      await user.click(screen.getByTestId("key-for-now"));
      await waitFor(() => expect(last("add_account")).toMatchObject({ sessionOnly: true }));
      await waitFor(() => expect(screen.queryByTestId("dialog-connect-account")).not.toBeInTheDocument());
    },
  );

  it("can be kept for this session from the start", async () => {
    const { user, last } = show([{ ...dev, space: "aws", credentials: { source: "keychain" } }]);
    await user.click(await screen.findByTestId(`account-replace-key-${dev.id}`));
    await fill(user);
    await user.click(screen.getByTestId("key-session-only"));
    await user.click(screen.getByTestId("replace-key-submit"));
    await waitFor(() => expect(last("replace_key")).toMatchObject({ id: dev.id, sessionOnly: true }));
    const row = await screen.findByTestId(`account-${dev.id}`);
    await waitFor(() => expect(row).toHaveTextContent("In memory only, until Longshore closes"));
  });
});

describe("an account whose key was kept for an earlier session", () => {
  it("says so in the settings, with one button that asks for it again", async () => {
    const { user, last } = show([keyForgotten]);
    const row = await screen.findByTestId(`account-${dev.id}`);
    expect(row).toHaveTextContent("was kept for one session of Longshore only");
    expect(row).toHaveTextContent("None; the key was kept for an earlier session");
    await user.click(within(row).getByTestId(`account-key-${dev.id}`));
    await fill(user);
    expect(screen.getByTestId("key-session-only")).toBeChecked();
    await user.click(screen.getByTestId("replace-key-submit"));
    await waitFor(() => expect(screen.queryByTestId("dialog-replace-key")).not.toBeInTheDocument());
    expect(last("replace_key")).toEqual({
      id: dev.id,
      accessKeyId: "AKIAINVENTED00000000",
      secretAccessKey: "invented",
      sessionToken: null,
      sessionOnly: true,
    });
    await waitFor(() => expect(row).not.toHaveTextContent("was kept for one session"));
  });

  it("says so on other screens, also if it is reached through another account", async () => {
    const role: Account = {
      ...prod,
      space: "aws",
      problem: keyForgotten.problem,
      credentials: {
        source: "role",
        roleArn: `arn:aws:iam::${prod.id}:role/release`,
        via: dev.id,
        externalId: null,
        sessionName: null,
        mfaSerial: null,
        duration: null,
      },
    };
    const { user } = show([keyForgotten, role], {}, "/overview");
    await user.click(await screen.findByTestId("space-switch"));
    await user.click(await screen.findByTestId("space-menu-aws"));
    await user.click(
      within(await screen.findByTestId(`person-${prod.id}`)).getByTestId(`person-key-${prod.id}`),
    );
    expect(await screen.findByTestId("dialog-replace-key")).toHaveTextContent("Access key of Dev");
  });
});

describe("a key that is replaced", () => {
  it("shows at its field that it is of another account", async () => {
    const account: Account = { ...dev, space: "aws", credentials: { source: "keychain" } };
    const { user } = show([account], {
      replace_key: () => {
        throw apiError("identity-mismatch", "This key belongs to account 444455556666, not to Dev.", {
          field: "accessKeyId",
          side: "input",
        });
      },
    });
    await user.click(await screen.findByTestId(`account-replace-key-${dev.id}`));
    await fill(user);
    await user.click(screen.getByTestId("replace-key-submit"));
    await waitFor(() =>
      expect(screen.getByTestId("account-access-key-id")).toHaveAccessibleDescription(
        /belongs to account 4444/,
      ),
    );
    expect(screen.getByTestId("dialog-replace-key")).toBeVisible();
  });

  it("is not offered for other credentials", async () => {
    show([{ ...dev, space: "aws", credentials: { source: "profile", profile: "dev" } }]);
    const row = await screen.findByTestId(`account-${dev.id}`);
    expect(within(row).queryByTestId(`account-replace-key-${dev.id}`)).not.toBeInTheDocument();
  });
});

describe("the dialog that removes an account of a session", () => {
  const sso: Account = {
    ...dev,
    space: "aws",
    credentials: { source: "sso", session: "acme", account: dev.id, role: "Developer" },
  };
  it.each([
    ["acme", /The sign-in to acme is forgotten too/],
    [null, /^((?!forgotten).)*$/],
  ])("says whether its sign-in is forgotten (%s)", async (session, words) => {
    const asked: AccountKey[] = [];
    const { user } = show([sso], {
      account_removal: (key: AccountKey): AccountRemoval => {
        asked.push(key);
        return { key: false, session };
      },
    });
    await user.click(await screen.findByTestId(`account-remove-${dev.id}`));
    await waitFor(() => expect(asked).toEqual([{ space: "aws", id: dev.id }]));
    await waitFor(() => expect(screen.getByTestId("dialog-remove-account").textContent).toMatch(words));
  });
});
