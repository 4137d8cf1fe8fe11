import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Account, AccountHosts, UpdateAccount } from "../../api/types";
import { apiError, type Handlers } from "../../platform/fake";
import { demoRegions } from "../../test/demoAccounts";
import { dev } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

const VPC = "https://vpce-1.api.ecr.us-west-2.vpce.amazonaws.com";
const usual: AccountHosts = { fips: false, dualStack: false, vpcEndpoints: {} };
const account: Account = {
  ...dev,
  space: "aws",
  regions: ["us-west-2", "ap-northeast-9"],
  credentials: { source: "keychain" },
};

/** The dialog that edits an account. */
async function edit(of: Account = account, handlers: Handlers = {}) {
  const app = renderApp(`/settings?tab=${of.space === "aws" ? "accounts" : "sandbox"}`, {
    handlers: { accounts: () => [of], ...handlers },
  });
  await app.user.click(await screen.findByTestId(`account-edit-${of.id}`));
  const dialog = await screen.findByTestId("dialog-edit-account");
  const save = () => app.user.click(screen.getByTestId("edit-account-submit"));
  const saved = () => app.last("update_account") as UpdateAccount | undefined;
  return { ...app, dialog, save, saved };
}

const region = (name: string) => screen.findByTestId(`region-${name}`);

describe("the Regions of an account", () => {
  it("are chosen from those that it has enabled, and typed ones stay", async () => {
    const { user, save, saved, last } = await edit();
    expect(await region("us-west-2")).toBeChecked();
    expect(last("account_regions")).toEqual({ space: "aws", id: dev.id });
    await user.click(await region("eu-west-1"));
    expect(screen.getByTestId("account-regions")).toHaveValue("us-west-2 ap-northeast-9 eu-west-1");
    await user.click(await region("us-west-2"));
    await user.type(screen.getByTestId("account-regions"), ", us-east-2");
    expect(await region("us-east-2")).toBeChecked();
    await save();
    await waitFor(() => expect(saved()?.regions).toEqual(["ap-northeast-9", "eu-west-1", "us-east-2"]));
  });

  it("are marked when they are not enabled, and come last", async () => {
    await edit();
    const choices = await screen.findByTestId("region-choices");
    const names = within(choices)
      .getAllByRole("checkbox")
      .map((each) => each.dataset.testid?.replace("region-", ""));
    const off = ["af-south-1", "me-central-1"];
    expect(names).toEqual(["ap-southeast-2", "eu-west-1", "us-east-2", "us-west-2", ...off]);
    for (const each of off) expect(await region(each)).toHaveAccessibleDescription("not enabled");
    expect(await region("eu-west-1")).not.toHaveAccessibleDescription();
    expect(screen.queryByTestId("region-problem")).not.toBeInTheDocument();
  });

  it("are all known ones, with the reason, when AWS does not say which are enabled", async () => {
    const { user, dialog } = await edit(account, {
      account_regions: () => ({
        regions: demoRegions.regions.map((each) => ({ ...each, enabled: null })),
        problem: apiError("access-denied", "`account:ListRegions` is not allowed.", { hint: "Allow it." }),
      }),
    });
    expect(await screen.findByTestId("region-problem")).toHaveTextContent(
      /^AWS did not say which Regions are enabled: account:ListRegions is not allowed\.$/,
    );
    expect(dialog).not.toHaveTextContent("not enabled");
    expect(within(dialog).getByRole("group", { name: "Known Regions" })).toBeVisible();
    await user.click(await region("af-south-1"));
    expect(screen.getByTestId("account-regions")).toHaveValue("us-west-2 ap-northeast-9 af-south-1");
  });

  it("clear the error of a field that was left empty", async () => {
    const { user, save, saved } = await edit();
    const field = screen.getByTestId("account-regions");
    await user.clear(field);
    await save();
    await waitFor(() => expect(field).toHaveAccessibleDescription(/^Please fill this in/));
    await user.click(await region("eu-west-1"));
    await waitFor(() => expect(field).not.toBeInvalid());
    expect(saved()).toBeUndefined();
  });
});

describe("the endpoints of an account", () => {
  it("are those that it has until they are changed", async () => {
    const { user, save, saved } = await edit({
      ...account,
      hosts: { fips: true, dualStack: false, vpcEndpoints: { "us-west-2": VPC } },
    });
    expect(screen.getByTestId("account-fips")).toBeChecked();
    expect(screen.getByTestId("account-dualStack")).not.toBeChecked();
    expect(screen.getByTestId("account-vpcEndpoint-us-west-2")).toHaveValue(VPC);
    await user.click(screen.getByTestId("account-fips"));
    await user.click(screen.getByTestId("account-dualStack"));
    await user.clear(screen.getByTestId("account-vpcEndpoint-us-west-2"));
    await save();
    await waitFor(() => expect(saved()?.hosts).toEqual({ ...usual, dualStack: true }));
  });

  it("have their error at the field", async () => {
    const { user, save } = await edit(account, {
      update_account: () => {
        throw apiError("vpc-endpoint", "`vpce` is not the address of a VPC endpoint.", {
          field: "hosts.vpcEndpoints.us-west-2",
          side: "input",
          hint: "Copy it from the endpoint's DNS names.",
        });
      },
    });
    const field = screen.getByTestId("account-vpcEndpoint-us-west-2");
    await user.type(field, "vpce");
    await save();
    await waitFor(() =>
      expect(field).toHaveAccessibleDescription(/^vpce is not the address of a VPC endpoint\. Copy it/),
    );
    expect(field).toHaveFocus();
    expect(screen.queryByTestId("error-state")).not.toBeInTheDocument();
  });

  it("are one for each Region that is shown", async () => {
    const { user, save, saved } = await edit({
      ...account,
      regions: ["us-west-2"],
      hosts: { ...usual, vpcEndpoints: { "us-west-2": VPC } },
    });
    expect(screen.queryByTestId("account-vpcEndpoint-eu-west-1")).not.toBeInTheDocument();
    await user.click(await region("eu-west-1"));
    const other = VPC.replace("us-west-2", "eu-west-1");
    await user.type(screen.getByTestId("account-vpcEndpoint-eu-west-1"), other);
    await user.click(await region("us-west-2"));
    expect(screen.queryByTestId("account-vpcEndpoint-us-west-2")).not.toBeInTheDocument();
    await save();
    // That of a Region that is no longer shown is forgotten.
    await waitFor(() => expect(saved()?.hosts?.vpcEndpoints).toEqual({ "eu-west-1": other }));
  });

  it("are not asked for in the sandbox, and not sent", async () => {
    const { save, saved, dialog } = await edit(dev);
    expect(within(dialog).queryByRole("group", { name: "Endpoints" })).not.toBeInTheDocument();
    expect(await region("eu-west-1")).toBeChecked();
    expect(within(dialog).getByRole("group", { name: "Regions of the account" })).toBeVisible();
    await save();
    await waitFor(() => expect(saved()?.name).toBe("Dev"));
    expect(saved()).not.toHaveProperty("hosts");
  });
});

describe("an account in the list", () => {
  async function row(more: Partial<Account>) {
    renderApp("/settings?tab=accounts", { handlers: { accounts: () => [{ ...account, ...more }] } });
    return screen.findByTestId(`account-${dev.id}`);
  }

  it("names FIPS and dual-stack", async () => {
    expect(await row({ hosts: { ...usual, fips: true, dualStack: true } })).toHaveTextContent(
      "EndpointsFIPS · Dual-stack",
    );
  });

  it("names one of them only", async () => {
    const shown = await row({ hosts: { ...usual, dualStack: true } });
    expect(shown).toHaveTextContent("EndpointsDual-stack");
    expect(shown).not.toHaveTextContent("FIPS");
    expect(within(shown).queryByTestId("space-vpc")).not.toBeInTheDocument();
  });

  it("is at a VPC endpoint, and not at a custom endpoint", async () => {
    const shown = await row({
      endpoint: VPC,
      hosts: { ...usual, dualStack: true, vpcEndpoints: { "us-west-2": VPC } },
      regions: ["us-west-2"],
    });
    expect(within(shown).getByTestId("space-vpc")).toHaveTextContent("VPC endpoint");
    expect(within(shown).getByTestId("space-vpc")).toHaveAttribute("title", VPC);
    expect(shown).toHaveTextContent(`EndpointsDual-stackus-west-2: ${VPC}`);
    expect(within(shown).queryByTestId("space-custom")).not.toBeInTheDocument();
  });

  it("says nothing of endpoints when they are the usual ones", async () => {
    const shown = await row({ hosts: usual });
    expect(shown).not.toHaveTextContent("Endpoints");
  });
});

describe("an account that is no longer for production", () => {
  it("asks for its name and sends it", async () => {
    const { user, save, saved } = await edit({ ...account, name: "Prod", environment: "production" });
    expect(screen.queryByTestId("account-confirm")).not.toBeInTheDocument();
    await user.click(screen.getByTestId("account-environment"));
    await user.click(await screen.findByRole("option", { name: "Development" }));
    await user.type(await screen.findByTestId("account-confirm"), "Prod");
    await save();
    await waitFor(() => expect(saved()).toMatchObject({ environment: "dev", confirm: "Prod" }));
  });
});

describe("the Terraform state of an account", () => {
  it("is sent as typed, and an error is shown at its field", async () => {
    const { user, save, saved } = await edit(
      { ...account, terraformState: "/srv/old.tfstate" },
      {
        update_account: () => {
          throw apiError("terraform-state-unreadable", "The state cannot be read.", {
            field: "terraformState",
          });
        },
      },
    );
    const field = screen.getByTestId("account-terraformState");
    expect(field).toHaveValue("/srv/old.tfstate");
    await user.clear(field);
    await user.type(field, "~/infra/terraform.tfstate");
    await save();
    await waitFor(() => expect(saved()).toMatchObject({ terraformState: "~/infra/terraform.tfstate" }));
    await waitFor(() => expect(field).toHaveAccessibleDescription(/^The state cannot be read./));
  });
});
