import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Account, CredentialSource } from "../../api/types";
import { dev, prod } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

const ROLE = "arn:aws:iam::444455556666:role/release";
const role: CredentialSource = {
  source: "role",
  roleArn: ROLE,
  via: dev.id,
  externalId: null,
  sessionName: null,
  mfaSerial: null,
  duration: null,
};

/** An account of AWS. */
function aws(account: Account, credentials: CredentialSource, more: Partial<Account> = {}): Account {
  return { ...account, space: "aws", credentials, ...more };
}

function show(...accounts: Account[]) {
  return renderApp("/settings?tab=accounts", {
    handlers: { accounts: () => accounts, remove_account: () => null },
  });
}

describe("an account says where its credentials come from", () => {
  const words: [CredentialSource, string][] = [
    [{ source: "keychain" }, "Access key in the keychain"],
    [{ source: "environment" }, "Environment of this process"],
    [{ source: "profile", profile: "acme-production" }, "Profile acme-production"],
    [{ ...role, via: "999988887777" }, `Role ${ROLE}, assumed by 999988887777`],
  ];
  it.each(words)("$0.source", async (credentials, text) => {
    show(aws(prod, credentials));
    expect(await screen.findByTestId(`account-${prod.id}`)).toHaveTextContent(text);
  });

  it("by the name of the account that assumes its role", async () => {
    show(aws(dev, { source: "keychain" }), aws(prod, role));
    expect(await screen.findByTestId(`account-${prod.id}`)).toHaveTextContent(`Role ${ROLE}, assumed by Dev`);
  });
});

describe("the dialog that removes an account", () => {
  it("does not speak of a key in the keychain if there is none", async () => {
    const { user } = show(aws(prod, { source: "profile", profile: "acme" }));
    await user.click(await screen.findByTestId(`account-remove-${prod.id}`));
    const dialog = await screen.findByTestId("dialog-remove-account");
    expect(dialog).toHaveTextContent("The profile stays in the AWS configuration files");
    expect(dialog).not.toHaveTextContent("keychain");
  });

  it("names the accounts that are reached through it", async () => {
    const { user } = show(aws(dev, { source: "keychain" }), aws(prod, role));
    await user.click(await screen.findByTestId(`account-remove-${dev.id}`));
    expect(await screen.findByTestId("dialog-remove-account")).toHaveTextContent(
      "Prod is reached by a role that this account assumes.",
    );
  });
});
