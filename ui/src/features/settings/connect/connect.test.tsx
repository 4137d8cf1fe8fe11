import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Account, AddAccount, ApiError, ConnectAccount, ProfileView } from "../../../api/types";
import { apiError, type Handlers } from "../../../platform/fake";
import { connectedAccount, demoProfiles, PROVEN, profile, SERIAL } from "../../../test/demoAccounts";
import { dev, prod } from "../../../test/demoWorld";
import { renderApp } from "../../../test/renderApp";
import { guessedEnvironment } from "./connectForm";

const ID = "777788889999";

/** Connects an account whose key AWS could check or not. */
async function connectByKey(problem: ApiError | null) {
  const accounts: Account[] = [dev, prod];
  const add_account = ({ id, name, regions, environment }: AddAccount): Account => {
    const account: Account = {
      ...dev,
      space: "aws",
      id,
      name,
      regions,
      environment,
      credentials: { source: "keychain" },
      problem,
      principal: problem ? null : `arn:aws:iam::${id}:user/ci`,
    };
    accounts.push(account);
    return account;
  };
  const app = renderApp("/settings?connect=true", { handlers: { accounts: () => accounts, add_account } });
  const form = await screen.findByTestId("dialog-connect-account");
  await app.user.click(screen.getByTestId("connect-way-key"));
  await app.user.type(await screen.findByTestId("account-id"), ID);
  await app.user.type(screen.getByTestId("account-name"), "Stage");
  await app.user.type(screen.getByTestId("account-access-key-id"), "AKIAINVENTED00000000");
  await app.user.type(screen.getByTestId("account-secret-access-key"), "invented");
  await app.user.click(screen.getByTestId("connect-account-submit"));
  await waitFor(() => expect(form).not.toBeInTheDocument());
  return { ...app, row: await screen.findByTestId(`account-${ID}`) };
}

describe("an account whose key could not be checked", () => {
  it("is not called connected, and says why", async () => {
    const { row } = await connectByKey(apiError("network", "No answer from AWS.", { side: "service" }));
    expect(await screen.findByTestId("toast-error")).toHaveTextContent(
      "Stage was added, but its key could not be checked",
    );
    expect(screen.queryByTestId("toast-success")).not.toBeInTheDocument();
    expect(document.body).not.toHaveTextContent("Stage connected");
    expect(row).toHaveTextContent("Not checked yet");
    expect(row).toHaveTextContent("No answer from AWS.");
  });

  it("was not promised to be checked first", async () => {
    const { user } = renderApp("/settings?connect=true");
    await user.click(await screen.findByTestId("connect-way-key"));
    expect(screen.getByTestId("dialog-connect-account")).toHaveTextContent(
      "If AWS cannot be reached, the account is added as not checked.",
    );
  });
});

it("an account whose key was checked is called connected", async () => {
  const { row } = await connectByKey(null);
  expect(await screen.findByTestId("toast-success")).toHaveTextContent("Stage connected");
  expect(row).toHaveTextContent(`arn:aws:iam::${ID}:user/ci`);
});

/** The dialog with some profiles. */
async function open(handlers: Handlers = {}) {
  const app = renderApp("/settings?connect=true", { handlers });
  return { ...app, dialog: await screen.findByTestId("dialog-connect-account") };
}

const withProfiles = (...profiles: ProfileView[]) => ({ profiles: () => profiles });
const option = (name: string) => screen.findByTestId(`connect-profile-${name}`);

describe("the profiles of the AWS configuration files", () => {
  it("are listed with their kind in words and everything that they name", async () => {
    await open();
    const kinds: Record<string, string> = {
      "acme-prod":
        "IAM Identity Center session · eu-west-1 · account 444455556666 (not checked) · role Release",
      ci: "Web identity · role arn:aws:iam::444455556666:role/ci",
      default: "Access key in a file · us-west-2",
      desktop: "aws login · us-west-2",
      ec2: "Role of the environment · role arn:aws:iam::444455556666:role/ec2",
      empty: "No credentials",
      legacy: "IAM Identity Center, legacy · account 444455556666 (not checked) · role Reader",
      local: "Access key in a file · us-east-1 Custom endpoint: localhost:4566",
      "release-staging": `Role via another profile · us-west-2 · account 444455556666 (not checked) · role arn:aws:iam::444455556666:role/release · MFA device ${SERIAL}`,
      vault: "Program · us-west-2",
    };
    for (const [name, words] of Object.entries(kinds)) {
      expect(await option(name)).toHaveAccessibleDescription(words);
    }
    expect(screen.getAllByRole("radio")).toHaveLength(demoProfiles.length);
  });

  it("that cannot be connected are not chosen: connected ones, and those without credentials", async () => {
    const used = profile("used", "static", { connected: dev.id });
    await open({
      ...withProfiles(used, profile("empty", "none")),
      accounts: () => [{ ...dev, space: "aws" }],
    });
    expect(await option("used")).toHaveAttribute("aria-disabled", "true");
    expect(await option("used")).toHaveAccessibleDescription(/connected as Dev$/);
    expect(await option("empty")).toHaveAttribute("aria-disabled", "true");
  });

  it("are searched when there are more than eight", async () => {
    const { user, last } = await open();
    await user.type(await screen.findByTestId("connect-profile-search"), "identity release");
    await waitFor(() => expect(screen.getAllByRole("radio")).toHaveLength(1));
    expect(await option("acme-prod")).toBeVisible();
    await user.click(await option("acme-prod"));
    await user.type(screen.getByTestId("connect-profile-search"), "{Enter}");
    expect(last("connect_account")).toBeUndefined();
    await user.type(screen.getByTestId("connect-profile-search"), " nothing");
    expect(await screen.findByText("No match")).toBeVisible();
  });

  it("are not searched when there are eight", async () => {
    await open(withProfiles(...demoProfiles.slice(0, 8)));
    await option("default");
    expect(screen.queryByTestId("connect-profile-search")).not.toBeInTheDocument();
  });

  it("are waited for, and said to be missing only once they were read", async () => {
    let answer = (_: ProfileView[]) => undefined as unknown;
    const { dialog } = await open({
      profiles: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    });
    expect(await within(dialog).findByRole("status", { name: "Loading…" })).toBeVisible();
    expect(screen.getByTestId("connect-account-submit")).toBeDisabled();
    answer([]);
    expect(await within(dialog).findByText("No profiles")).toBeVisible();
  });

  it("that cannot be read say why", async () => {
    const { dialog } = await open({
      profiles: () => {
        throw apiError("profiles-unreadable", "Line 3 of ~/.aws/config cannot be read.");
      },
    });
    expect(await within(dialog).findByTestId("error-state")).toHaveTextContent("Line 3 of ~/.aws/config");
    expect(within(dialog).getByTestId("error-retry")).toBeVisible();
  });
});

describe("a chosen profile", () => {
  it("fills the name, the Regions and the environment", async () => {
    const { user, last } = await open();
    await user.click(await option("acme-prod"));
    expect(screen.getByTestId("account-name")).toHaveValue("acme-prod");
    expect(screen.getByTestId("account-regions")).toHaveValue("eu-west-1");
    expect(screen.getByTestId("account-environment")).toHaveTextContent("Production");
    expect(screen.queryByTestId("account-id")).not.toBeInTheDocument();
    await user.click(await option("release-staging"));
    expect(screen.getByTestId("account-environment")).toHaveTextContent("Staging");
    await user.clear(screen.getByTestId("account-name"));
    await user.type(screen.getByTestId("account-regions"), " eu-west-1");
    await user.click(screen.getByTestId("connect-account-submit"));
    await waitFor(() =>
      expect(last("connect_account")).toEqual({
        credentials: { source: "profile", profile: "release-staging" },
        name: null,
        environment: "staging",
        colour: null,
        regions: ["us-west-2", "eu-west-1"],
      }),
    );
    expect(await screen.findByTestId(`account-${PROVEN}`)).toHaveTextContent("Profile release-staging");
    expect(last("show_space")).toBe("aws");
  });

  it("shows the proven account before it is connected, until something else is chosen", async () => {
    const { user, last, dialog } = await open();
    await user.click(await option("acme-prod"));
    await user.click(screen.getByTestId("connect-account-check"));
    const proven = await within(dialog).findByTestId("connect-proven");
    expect(proven).toHaveTextContent(PROVEN);
    expect(proven).toHaveTextContent(`arn:aws:sts::${PROVEN}:assumed-role/Release/dev`);
    expect(last("connect_account")).toBeUndefined();
    await user.type(screen.getByTestId("account-name"), "!");
    expect(screen.getByTestId("connect-proven")).toBeVisible();
    await user.click(await option("default"));
    expect(screen.queryByTestId("connect-proven")).not.toBeInTheDocument();
  });

  it("with a custom endpoint is not called AWS", async () => {
    const { user, dialog } = await open();
    expect(within(dialog).getByTestId("space-aws")).toBeVisible();
    await user.click(await option("local"));
    expect(within(dialog).queryByTestId("space-aws")).not.toBeInTheDocument();
    expect(within(dialog).getAllByTestId("space-custom")[0]).toHaveTextContent("localhost:4566");
  });

  it("shows the program that it runs before anything runs it", async () => {
    const { user, dialog, platform } = await open();
    await option("vault");
    expect(dialog).not.toHaveTextContent("runs this program");
    await user.click(await option("vault"));
    expect(dialog).toHaveTextContent(
      "Longshore runs this program on this computer: now, and whenever they expire.",
    );
    expect(screen.getByTestId("connect-program")).toHaveTextContent(
      "/usr/local/bin/vault-credentials --role release",
    );
    const ran = platform.calls.filter(({ command }) => /^(prove|connect)_account$/.test(command));
    expect(ran).toEqual([]);
  });

  it("with a long name gives the account as much of it as a name may have", async () => {
    const name = "a-very-long-profile-name-".repeat(8);
    const { user } = await open(withProfiles(profile(name, "static")));
    await user.click(await option(name));
    expect(screen.getByTestId("account-name")).toHaveValue(name.slice(0, 60));
  });
});

describe("what is wrong is said at its field", () => {
  const wrong: Record<string, [string, () => Promise<HTMLElement>]> = {
    profile: ["profile", () => screen.findByRole("radiogroup")],
    credentials: ["credentials", () => screen.findByRole("radiogroup")],
    name: ["name", () => screen.findByTestId("account-name")],
    "a Region": ["regions[0]", () => screen.findByTestId("account-regions")],
  };
  it.each(Object.entries(wrong))("%s", async (_, [field, at]) => {
    const refuse = () => {
      throw apiError("wrong", "This is wrong.", { field, side: "input", hint: "Correct it." });
    };
    const { user } = await open({ prove_account: refuse, connect_account: refuse });
    await user.click(await option("default"));
    for (const button of ["connect-account-check", "connect-account-submit"]) {
      await user.click(screen.getByTestId(button));
      const element = await at();
      await waitFor(() => expect(element).toHaveAccessibleDescription(/^This is wrong. Correct it./));
      expect(screen.queryByTestId("error-state")).not.toBeInTheDocument();
    }
  });

  it("or below the form if it has none", async () => {
    const { user } = await open({
      prove_account: () => {
        throw apiError("credentials-expired", "The session has expired.");
      },
    });
    await user.click(await option("default"));
    await user.click(screen.getByTestId("connect-account-check"));
    expect(await screen.findByTestId("error-state")).toHaveTextContent("The session has expired.");
  });
});

describe("a profile that needs the code of an MFA device", () => {
  /** An application that wants a code, and then the right one. */
  function guarded() {
    let entered = "";
    const guard = (request: ConnectAccount) => {
      const code = entered;
      entered = "";
      if (code === "123456") return connectedAccount(request);
      if (code !== "") throw apiError("mfa-code-refused", "The code was not accepted.", { side: "input" });
      throw apiError("mfa-code-needed", "A code is needed.", { field: SERIAL, side: "input" });
    };
    const enter_mfa_code = ({ code }: { code: string }) => {
      entered = code;
      return null;
    };
    return { prove_account: guard, connect_account: guard, enter_mfa_code };
  }

  it("is asked for it, and the call is made again", async () => {
    const { user, last, platform } = await open(guarded());
    await user.click(await option("release-staging"));
    await user.click(screen.getByTestId("connect-account-check"));
    const dialog = await screen.findByTestId("dialog-mfa");
    expect(within(dialog).getByTestId("mfa-serial")).toHaveTextContent(SERIAL);
    const field = within(dialog).getByTestId("mfa-code");
    expect(field).toHaveFocus();
    await user.type(field, "000000{Enter}");
    await waitFor(() => expect(field).toHaveAccessibleDescription(/^The code was not accepted./));
    expect(field).toHaveValue("");
    await user.type(field, "123456{Enter}");
    expect(await screen.findByTestId("connect-proven")).toHaveTextContent(PROVEN);
    expect(dialog).not.toBeInTheDocument();
    expect(last("enter_mfa_code")).toEqual({ serial: SERIAL, code: "123456" });
    expect(platform.calls.filter(({ command }) => command === "prove_account")).toHaveLength(3);
  });

  it("is not connected without it", async () => {
    const { user, last } = await open(guarded());
    await user.click(await option("release-staging"));
    await user.click(screen.getByTestId("connect-account-submit"));
    await user.click(await screen.findByTestId("mfa-cancel"));
    await waitFor(() => expect(screen.queryByTestId("dialog-mfa")).not.toBeInTheDocument());
    expect(screen.getByTestId("dialog-connect-account")).toBeVisible();
    expect(await screen.findByTestId("error-state")).toHaveTextContent("A code is needed.");
    expect(last("enter_mfa_code")).toBeUndefined();
  });

  it("is connected with it", async () => {
    const { user } = await open(guarded());
    await user.click(await option("release-staging"));
    await user.click(screen.getByTestId("connect-account-submit"));
    await user.type(await screen.findByTestId("mfa-code"), "123456{Enter}");
    await waitFor(() => expect(screen.queryByTestId("dialog-connect-account")).not.toBeInTheDocument());
    expect(await screen.findByTestId("toast-success")).toHaveTextContent("release-staging connected");
  });
});

it("an environment is guessed as the application does", () => {
  const table = {
    prod: "production",
    "acme-PRD-eu": "production",
    Production: "production",
    preprod: "staging",
    uat_1: "staging",
    products: "dev",
    default: "dev",
  };
  for (const [name, environment] of Object.entries(table)) {
    expect(guessedEnvironment(name), name).toBe(environment);
  }
});
