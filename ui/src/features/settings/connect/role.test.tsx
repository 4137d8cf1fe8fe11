import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Account, ConnectAccount } from "../../../api/types";
import { apiError, type Handlers } from "../../../platform/fake";
import { connectedAccount, PROVEN, SERIAL } from "../../../test/demoAccounts";
import { dev, prod } from "../../../test/demoWorld";
import { renderApp } from "../../../test/renderApp";

const ROLE = "arn:aws:iam::444455556666:role/teams/release-prod";
const shared: Account = {
  ...dev,
  name: "Shared services",
  space: "aws",
  credentials: { source: "keychain" },
};

/** The form of a role, with one connected account of AWS and one of the sandbox. */
async function open(handlers: Handlers = {}) {
  const accounts = [shared, prod];
  const app = renderApp("/settings?connect=true", { handlers: { accounts: () => accounts, ...handlers } });
  await app.user.click(await screen.findByTestId("connect-way-role"));
  const type = async (id: string, text: string) => app.user.type(await screen.findByTestId(id), text);
  const choose = async () => {
    await app.user.click(screen.getByTestId("role-via"));
    await app.user.click(await screen.findByTestId(`role-via-${shared.id}`));
  };
  return { ...app, type, choose };
}

describe("a role of another account", () => {
  it("is assumed by one of the connected AWS accounts", async () => {
    const { user, type, last } = await open();
    await type("role-arn", ROLE);
    await user.click(screen.getByTestId("role-via"));
    expect(await screen.findAllByRole("option")).toHaveLength(1);
    await user.click(screen.getByTestId(`role-via-${shared.id}`));
    expect(screen.getByTestId("role-via")).toHaveTextContent(`Shared services · ${shared.id}`);
    // What its name says, unless a person says something else.
    expect(screen.getByTestId("account-name")).toHaveValue("release-prod");
    expect(screen.getByTestId("account-environment")).toHaveTextContent("Production");
    await user.click(screen.getByTestId("connect-account-submit"));
    await waitFor(() =>
      expect(last("connect_account")).toEqual({
        credentials: {
          source: "role",
          roleArn: ROLE,
          via: shared.id,
          externalId: null,
          sessionName: null,
          mfaSerial: null,
          duration: null,
        },
        name: "release-prod",
        environment: "production",
        colour: null,
        regions: [],
      }),
    );
  });

  it("takes an external id, a session name, a device and a duration in minutes", async () => {
    const { user, type, choose, last } = await open();
    await type("account-name", "Release");
    await type("role-arn", ` ${ROLE} `);
    await choose();
    await type("account-regions", "us-west-2");
    await type("role-external-id", "acme-7");
    await type("role-session-name", "release");
    await type("role-mfa-serial", SERIAL);
    await type("role-duration", "90");
    expect(screen.getByTestId("account-name")).toHaveValue("Release");
    await user.click(screen.getByTestId("connect-account-check"));
    expect(await screen.findByTestId("connect-proven")).toHaveTextContent(PROVEN);
    expect(last("prove_account")).toEqual({
      credentials: {
        source: "role",
        roleArn: ROLE,
        via: shared.id,
        externalId: "acme-7",
        sessionName: "release",
        mfaSerial: SERIAL,
        duration: 5400,
      },
      name: "Release",
      environment: "dev",
      colour: null,
      regions: ["us-west-2"],
    });
    await type("role-external-id", "8");
    expect(screen.queryByTestId("connect-proven")).not.toBeInTheDocument();
  });

  it("asks for the code of its device", async () => {
    let entered = false;
    const { user, type, choose, last } = await open({
      prove_account: (request: ConnectAccount) => {
        if (entered) return connectedAccount(request);
        throw apiError("mfa-code-needed", "A code is needed.");
      },
      enter_mfa_code: () => {
        entered = true;
        return null;
      },
    });
    await type("role-arn", ROLE);
    await choose();
    await type("role-mfa-serial", SERIAL);
    await user.click(screen.getByTestId("connect-account-check"));
    await user.type(await screen.findByTestId("mfa-code"), "123456{Enter}");
    expect(await screen.findByTestId("connect-proven")).toBeVisible();
    expect(last("enter_mfa_code")).toEqual({ serial: SERIAL, code: "123456" });
  });

  it("needs an ARN, an account and whole minutes before anything is sent", async () => {
    const { user, type, last } = await open();
    await type("role-duration", "1h");
    await user.click(screen.getByTestId("connect-account-submit"));
    const said = (id: string, text: string) =>
      waitFor(() => expect(screen.getByTestId(id)).toHaveAccessibleDescription(new RegExp(`^${text}`)));
    await said("role-arn", "Please fill this in");
    await said("role-via", "Choose an account");
    await said("role-duration", "Enter whole minutes");
    expect(last("connect_account")).toBeUndefined();
  });

  const fields = {
    roleArn: "role-arn",
    credentials: "role-arn",
    via: "role-via",
    externalId: "role-external-id",
    sessionName: "role-session-name",
    mfaSerial: "role-mfa-serial",
    duration: "role-duration",
    name: "account-name",
    "regions[0]": "account-regions",
  };
  it.each(Object.entries(fields))("shows what is wrong with %s at its field", async (field, id) => {
    const { user, type, choose } = await open({
      connect_account: () => {
        throw apiError("wrong", "This is wrong.", { field, side: "input", hint: "Correct it." });
      },
    });
    await type("role-arn", ROLE);
    await choose();
    await user.click(screen.getByTestId("connect-account-submit"));
    await waitFor(() =>
      expect(screen.getByTestId(id)).toHaveAccessibleDescription(/^This is wrong. Correct it./),
    );
    expect(screen.queryByTestId("error-state")).not.toBeInTheDocument();
  });

  it("is not offered while no account could assume it", async () => {
    await open({ accounts: () => [dev, prod] });
    const dialog = screen.getByTestId("dialog-connect-account");
    expect(await within(dialog).findByText("No account can assume a role yet")).toBeVisible();
    expect(screen.getByTestId("connect-account-submit")).toBeDisabled();
  });

  it("keeps what was typed while another way is looked at", async () => {
    const { user, type } = await open();
    await type("role-arn", ROLE);
    await user.click(screen.getByTestId("connect-way-profile"));
    await screen.findByTestId("connect-profile-default");
    await user.click(screen.getByTestId("connect-way-role"));
    expect(await screen.findByTestId("role-arn")).toHaveValue(ROLE);
  });
});
