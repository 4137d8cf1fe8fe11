import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Account, ApiError, CredentialSource, MfaCode } from "../../api/types";
import { apiError } from "../../platform/fake";
import { dev, prod } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";
import { deviceOf } from "../signin/chain";

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
  const words: Record<string, [CredentialSource, string]> = {
    keychain: [{ source: "keychain" }, "Access key in the keychain"],
    environment: [{ source: "environment" }, "Environment of this process"],
    profile: [{ source: "profile", profile: "acme-production" }, "Profile acme-production"],
    role: [{ ...role, via: "999988887777" }, `Role ${ROLE}, assumed by 999988887777`],
  };
  it.each(Object.entries(words))("%s", async (_, [credentials, text]) => {
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

const SERIAL = "arn:aws:iam::111122223333:mfa/dev";
const needed = apiError("mfa-code-needed", `A code of MFA device ${SERIAL} is needed.`, { field: SERIAL });

/** An account whose problem is solved by a check, once the application knows the right code. */
function showProblem(problem: ApiError, credentials: CredentialSource = { source: "profile", profile: "p" }) {
  let account = aws(prod, credentials, { problem, principal: null });
  const app = renderApp("/settings?tab=accounts", {
    handlers: {
      accounts: () => [account],
      enter_mfa_code: ({ code }: MfaCode) => {
        if (code !== "123456") {
          throw apiError("mfa-code-refused", "The code was not accepted.", {
            field: "code",
            hint: "Wait for the next code.",
          });
        }
        return null;
      },
      check_account: () => {
        account = { ...account, problem: null, principal: "arn:aws:sts::444455556666:assumed-role/r/s" };
        return account;
      },
    },
  });
  return app;
}

describe("an account with a problem", () => {
  it.each(["credentials-expired", "no-credentials", "credentials-unknown", "network"])(
    "%s is checked again at a click",
    async (code) => {
      const { user, last } = showProblem(apiError(code, "It does not work."));
      const row = await screen.findByTestId(`account-${prod.id}`);
      expect(row).toHaveTextContent("It does not work.");
      await user.click(within(row).getByTestId(`account-check-${prod.id}`));
      await waitFor(() => expect(row).toHaveTextContent("assumed-role/r/s"));
      expect(row).not.toHaveTextContent("It does not work.");
      expect(last("check_account")).toEqual({ space: "aws", id: prod.id });
    },
  );

  it("that waits for a code asks for it, and says if it is refused", async () => {
    const { user, last, platform } = showProblem(needed);
    await user.click(await screen.findByTestId(`account-code-${prod.id}`));
    const dialog = await screen.findByTestId("dialog-mfa");
    expect(dialog).toHaveTextContent(SERIAL);
    expect(platform.calls.some(({ command }) => command === "check_account")).toBe(false);
    const field = within(dialog).getByTestId("mfa-code");
    await user.type(field, "654321{Enter}");
    await waitFor(() =>
      expect(field).toHaveAccessibleDescription(/^The code was not accepted. Wait for the next code./),
    );
    await user.clear(field);
    await user.type(field, "123456{Enter}");
    await waitFor(() => expect(dialog).not.toBeInTheDocument());
    expect(last("enter_mfa_code")).toEqual({ serial: SERIAL, code: "123456" });
    await waitFor(() =>
      expect(screen.getByTestId(`account-${prod.id}`)).toHaveTextContent("assumed-role/r/s"),
    );
  });

  it("asks for the device of its role if the problem does not name one", async () => {
    const { user, last } = showProblem(apiError("mfa-code-refused", "Refused."), {
      ...role,
      mfaSerial: SERIAL,
    });
    await user.click(await screen.findByTestId(`account-code-${prod.id}`));
    await user.type(await screen.findByTestId("mfa-code"), "123456{Enter}");
    await waitFor(() => expect(last("enter_mfa_code")).toEqual({ serial: SERIAL, code: "123456" }));
  });

  it("asks for the device if nothing names it", async () => {
    const { user, last } = showProblem(apiError("mfa-code-needed", "Needed."));
    await user.click(await screen.findByTestId(`account-code-${prod.id}`));
    await user.type(await screen.findByTestId("mfa-code"), "123456");
    expect(screen.getByTestId("mfa-submit")).toBeDisabled();
    await user.type(screen.getByTestId("mfa-device"), SERIAL);
    await user.click(screen.getByTestId("mfa-submit"));
    await waitFor(() => expect(last("enter_mfa_code")).toEqual({ serial: SERIAL, code: "123456" }));
  });

  it("keeps its problem when no code is entered", async () => {
    const { user, last } = showProblem(needed);
    await user.click(await screen.findByTestId(`account-code-${prod.id}`));
    await user.click(await screen.findByTestId("mfa-cancel"));
    await waitFor(() => expect(screen.queryByTestId("dialog-mfa")).not.toBeInTheDocument());
    expect(screen.getByTestId(`account-${prod.id}`)).toHaveTextContent("A code of MFA device");
    expect(screen.getAllByTestId("error-state")).toHaveLength(1);
    expect(last("enter_mfa_code")).toBeUndefined();
  });
});

it("the device of a role is found on the way to its account", () => {
  const first = aws(dev, { ...role, via: "999988887777", mfaSerial: SERIAL });
  const second = aws(prod, role);
  expect(deviceOf(second.credentials, [first, second])).toBe(SERIAL);
  const loop = aws(dev, { ...role, via: prod.id });
  expect(deviceOf(second.credentials, [loop, second])).toBeNull();
});
