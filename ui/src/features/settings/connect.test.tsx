import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Account, AddAccount, ApiError } from "../../api/types";
import { apiError } from "../../platform/fake";
import { dev, prod } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

const ID = "777788889999";

/** Connects an account whose key AWS could check or not. */
async function connect(problem: ApiError | null) {
  const accounts: Account[] = [dev, prod];
  const add_account = ({ id, name, regions, environment }: AddAccount): Account => {
    const account: Account = {
      ...{
        space: "aws",
        id,
        name,
        regions,
        environment,
        colour: "#2f7ed8",
        credentials: { source: "keychain" },
        endpoint: null,
        problem,
      },
      principal: problem ? null : `arn:aws:iam::${id}:user/ci`,
    };
    accounts.push(account);
    return account;
  };
  const app = renderApp("/settings?connect=true", { handlers: { accounts: () => accounts, add_account } });
  const form = await screen.findByTestId("dialog-connect-account");
  await app.user.type(screen.getByTestId("account-id"), ID);
  await app.user.type(screen.getByTestId("account-name"), "Stage");
  await app.user.type(screen.getByTestId("account-access-key-id"), "AKIAINVENTED00000000");
  await app.user.type(screen.getByTestId("account-secret-access-key"), "invented");
  await app.user.click(screen.getByTestId("connect-account-submit"));
  await waitFor(() => expect(form).not.toBeInTheDocument());
  return { ...app, row: await screen.findByTestId(`account-${ID}`) };
}

describe("an account whose key could not be checked", () => {
  it("is not called connected, and says why", async () => {
    const { row } = await connect(apiError("network", "No answer from AWS.", { side: "service" }));
    expect(await screen.findByTestId("toast-error")).toHaveTextContent(
      "Stage was added, but its key could not be checked",
    );
    expect(screen.queryByTestId("toast-success")).not.toBeInTheDocument();
    expect(document.body).not.toHaveTextContent("Stage connected");
    expect(row).toHaveTextContent("Not checked yet");
    expect(row).toHaveTextContent("No answer from AWS.");
  });

  it("was not promised to be checked first", async () => {
    renderApp("/settings?connect=true");
    expect(await screen.findByTestId("dialog-connect-account")).toHaveTextContent(
      "If AWS cannot be reached, the account is added as not checked.",
    );
  });
});

it("an account whose key was checked is called connected", async () => {
  const { row } = await connect(null);
  expect(await screen.findByTestId("toast-success")).toHaveTextContent("Stage connected");
  expect(row).toHaveTextContent(`arn:aws:iam::${ID}:user/ci`);
});
