import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Account, ActAs } from "../../api/types";
import { apiError, type Handlers } from "../../platform/fake";
import { dev } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

const account: Account = {
  ...dev,
  space: "aws",
  credentials: { source: "sso", session: "acme", account: dev.id, role: "Deployer" },
  roles: ["Auditor", "Deployer"],
};

async function show(of: Account, handlers: Handlers = {}) {
  const shown = [of];
  const app = renderApp("/settings?tab=accounts", {
    handlers: {
      accounts: () => shown,
      act_as: ({ role }: ActAs) => {
        const changed = { ...of, credentials: { ...of.credentials, role } as Account["credentials"] };
        shown[0] = changed;
        return changed;
      },
      ...handlers,
    },
  });
  return { ...app, row: await screen.findByTestId(`account-${of.id}`) };
}

describe("the role by which an account acts", () => {
  it("is shown with the others, and changed for one of them", async () => {
    const { user, row, last } = await show(account);
    expect(within(row).getByTestId(`account-roles-${dev.id}`)).toHaveTextContent(
      "Deployer · also assigned: Auditor",
    );
    await user.click(within(row).getByTestId(`account-act-${dev.id}`));
    expect(await screen.findByTestId("act-as-submit")).toBeDisabled();
    await user.click(screen.getByTestId("act-as-role-Auditor"));
    await user.click(screen.getByTestId("act-as-submit"));
    await waitFor(() => expect(last("act_as")).toEqual({ space: "aws", account: dev.id, role: "Auditor" }));
    await waitFor(() => expect(screen.queryByTestId("dialog-act-as")).not.toBeInTheDocument());
    expect(await screen.findByTestId(`account-roles-${dev.id}`)).toHaveTextContent(
      "Auditor · also assigned: Deployer",
    );
  });

  it("stays when AWS says that the other one belongs to another account", async () => {
    const text = "The role belongs to account 999988887777, not to 111122223333.";
    const { user } = await show(account, {
      act_as: () => {
        throw apiError("identity-mismatch", text, { field: "role" });
      },
    });
    await user.click(screen.getByTestId(`account-act-${dev.id}`));
    await user.click(await screen.findByTestId("act-as-role-Auditor"));
    await user.click(screen.getByTestId("act-as-submit"));
    expect(await screen.findByText(text)).toBeInTheDocument();
    expect(screen.getByTestId(`account-roles-${dev.id}`)).toHaveTextContent("Deployer · also assigned");
  });

  it("cannot be changed where there is no other", async () => {
    const { row } = await show({ ...account, roles: ["Deployer"] });
    expect(within(row).getByTestId(`account-roles-${dev.id}`)).toHaveTextContent(/^Deployer$/);
    expect(within(row).queryByTestId(`account-act-${dev.id}`)).not.toBeInTheDocument();
  });
});
