import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Account, ConnectAccount, ImportCandidate, ListOrganization } from "../../../api/types";
import { apiError, type Handlers } from "../../../platform/fake";
import { connectedAccount, SERIAL } from "../../../test/demoAccounts";
import { dev } from "../../../test/demoWorld";
import { renderApp } from "../../../test/renderApp";

const management: Account = {
  ...dev,
  space: "aws",
  name: "Management",
  credentials: {
    source: "role",
    roleArn: `arn:aws:iam::${dev.id}:role/organization`,
    via: "700000000009",
    externalId: null,
    sessionName: null,
    mfaSerial: SERIAL,
    duration: null,
  },
};

/** What the application answers: each account with the role of the template. */
function member(account: string, name: string, { via, roleName }: ListOrganization): ImportCandidate {
  const role = roleName.replace("{name}", name).replace("{id}", account);
  const credentials = {
    ...(management.credentials as Extract<Account["credentials"], { source: "role" }>),
    roleArn: `arn:aws:iam::${account}:role/${role}`,
    via,
    mfaSerial: null,
  };
  return { account, name, credentials };
}

async function open(handlers: Handlers = {}) {
  const app = renderApp("/settings?tab=accounts", {
    handlers: {
      accounts: () => [management],
      organization_accounts: (request: ListOrganization) => [
        member("700000000001", "Build", request),
        member("700000000002", "Live", request),
      ],
      connect_account: connectedAccount,
      ...handlers,
    },
  });
  await app.user.click(await screen.findByTestId("import-accounts"));
  await app.user.click(await screen.findByTestId("import-way-organization"));
  const list = async () => {
    await app.user.click(await screen.findByTestId("organization-via"));
    await app.user.click(await screen.findByRole("option", { name: /Management/ }));
    await app.user.click(screen.getByTestId("organization-list"));
  };
  return { ...app, list };
}

describe("the accounts of an organization", () => {
  it("are listed by a connected account and connected by the role of the template", async () => {
    const { user, list, last, platform } = await open();
    const role = await screen.findByTestId("organization-role");
    expect(role).toHaveValue("OrganizationAccountAccessRole");
    expect(screen.getByTestId("organization-list")).toBeDisabled();
    await user.clear(role);
    await user.type(role, "ecr-{{name}");
    await list();
    expect(await screen.findByTestId("import-row-700000000002/ecr-Live")).toHaveTextContent(
      "Role in the organization",
    );
    expect(last("organization_accounts")).toEqual({ via: dev.id, roleName: "ecr-{name}" });
    await user.click(screen.getByTestId("import-all"));
    await user.type(screen.getByTestId("organization-regions"), "eu-west-1");
    await user.click(screen.getByTestId("import-submit"));
    await waitFor(() =>
      expect(screen.getByTestId("import-summary")).toHaveTextContent("2 accounts connected"),
    );
    const requests = platform.calls
      .filter(({ command }) => command === "connect_account")
      .map(({ request }) => request as ConnectAccount);
    expect(
      requests.map(({ name, credentials, regions }) => [
        name,
        credentials.source === "role" && [credentials.roleArn, credentials.via],
        regions,
      ]),
    ).toEqual([
      ["Build", ["arn:aws:iam::700000000001:role/ecr-Build", dev.id], ["eu-west-1"]],
      ["Live", ["arn:aws:iam::700000000002:role/ecr-Live", dev.id], ["eu-west-1"]],
    ]);
  });

  it("ask for the code of the MFA device of the account that lists them", async () => {
    let entered = false;
    const { user, list, last } = await open({
      organization_accounts: (request: ListOrganization) => {
        if (!entered) throw apiError("mfa-code-needed", "A code is needed.");
        return [member("700000000001", "Build", request)];
      },
      enter_mfa_code: () => {
        entered = true;
        return null;
      },
    });
    await list();
    await user.type(await screen.findByTestId("mfa-code"), "123456{Enter}");
    expect(await screen.findByTestId("import-row-700000000001/OrganizationAccountAccessRole")).toBeVisible();
    expect(last("enter_mfa_code")).toEqual({ serial: SERIAL, code: "123456" });
  });

  it("are listed again for another template, and what is wrong in it is said there", async () => {
    const { user, list } = await open({
      organization_accounts: (request: ListOrganization) => {
        if (request.roleName.includes(" ")) {
          throw apiError("role-name", "The template of the role's name has ` `.", { field: "roleName" });
        }
        return [member("700000000001", "Build", request)];
      },
    });
    await list();
    const first = await screen.findByTestId("import-row-700000000001/OrganizationAccountAccessRole");
    const role = screen.getByTestId("organization-role");
    await user.type(role, " x");
    expect(first).not.toBeInTheDocument();
    await user.type(role, "{Enter}");
    await waitFor(() => expect(role).toHaveAccessibleDescription(/^The template of the role's name has/));
    expect(screen.queryByTestId("error-state")).not.toBeInTheDocument();
  });

  it("cannot be listed by an account that may not", async () => {
    const { list } = await open({
      organization_accounts: () => {
        throw apiError("access-denied", "AWS refused organizations:ListAccounts.");
      },
    });
    await list();
    expect(await screen.findByTestId("error-state")).toHaveTextContent("organizations:ListAccounts");
  });

  it("need a connected account", async () => {
    await open({ accounts: () => [dev] });
    expect(await screen.findByText("No account can list an organization yet")).toBeVisible();
  });
});
