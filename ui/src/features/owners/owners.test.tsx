import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { ManagedDocument, Owner } from "../../api/types";
import { apiError } from "../../platform/fake";
import {
  demoMark,
  demoStack,
  managedDocument,
  managedHandlers,
  ownerHandlers,
  ownership,
  REPLICATION,
} from "../../test/demoOwners";
import { dev, devWest } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

const AT = `account=%22${dev.id}%22&region=us-west-2`;

describe("the owner of a document", () => {
  it.each([
    ["/replication", REPLICATION],
    ["/permissions", `policy:${dev.id}/us-west-2`],
  ])("is shown at %s", async (page, label) => {
    renderApp(`${page}?${AT}`, { handlers: ownerHandlers({ [label]: demoStack }) });
    expect(await screen.findByTestId("owner-name")).toHaveTextContent("CloudFormation stack platform");
    expect(screen.getByTestId("owner-name")).toHaveAttribute("title", expect.stringContaining("Rules"));
  });

  it("is that of the repository on its page", async () => {
    const label = `repository:${dev.id}/us-west-2/prod-microservice`;
    const state: Owner = {
      source: "terraform",
      name: "aws_ecr_repository.this",
      detail: "/srv/terraform.tfstate",
    };
    renderApp(`/images/repository?space=sandbox&${AT}&repository=prod-microservice`, {
      handlers: ownerHandlers({ [label]: state }),
    });
    expect(await screen.findByTestId("owner-name")).toHaveTextContent("Terraform: aws_ecr_repository.this");
  });

  it("is unknown with the reason when it cannot be asked", async () => {
    const denied = apiError("access-denied", "CloudFormation may not be asked.");
    const key = { registry: devWest, document: { document: "replication" as const } };
    renderApp(`/replication?${AT}`, {
      handlers: { owner: () => ({ ...ownership(key), unknown: [denied] }) },
    });
    const badge = await screen.findByTestId("owner-unknown");
    expect(badge).toHaveTextContent("Owner unknown");
    expect(badge).toHaveAttribute("title", "CloudFormation may not be asked.");
  });

  it("is marked with a note and released again", async () => {
    const { user, last } = renderApp(`/replication?${AT}`);
    await user.click(await screen.findByTestId("owner-actions"));
    expect(await screen.findByTestId("owner-menu-release")).toHaveAttribute("aria-disabled", "true");
    await user.click(screen.getByTestId("owner-menu-mark"));
    const dialog = await screen.findByTestId("dialog-mark");
    expect(dialog).toHaveTextContent(REPLICATION);
    await user.type(within(dialog).getByTestId("mark-note"), "CDK app");
    await user.click(screen.getByTestId("mark-submit"));
    expect(await screen.findByTestId("owner-name")).toHaveTextContent("Managed elsewhere: CDK app");
    expect(last("mark_document")).toEqual({
      key: { registry: devWest, document: { document: "replication" } },
      note: "CDK app",
    });
    await user.click(screen.getByTestId("owner-actions"));
    await user.click(await screen.findByTestId("owner-menu-release"));
    await waitFor(() => expect(screen.queryByTestId("owner-name")).not.toBeInTheDocument());
  });

  it("shows what is wrong with a note at its field", async () => {
    const { user } = renderApp(`/replication?${AT}`, {
      handlers: {
        mark_document: () => {
          throw apiError("owner-note", "A note is one line.", { field: "note" });
        },
      },
    });
    await user.click(await screen.findByTestId("owner-actions"));
    await user.click(await screen.findByTestId("owner-menu-mark"));
    await user.click(await screen.findByTestId("mark-submit"));
    await waitFor(() =>
      expect(screen.getByTestId("mark-note")).toHaveAccessibleDescription(/^A note is one line./),
    );
  });
});

async function removeRule(one: ManagedDocument) {
  const app = renderApp(`/replication?${AT}`, {
    handlers: managedHandlers(one),
  });
  await app.user.click((await screen.findAllByTestId("rule-actions"))[0] as HTMLElement);
  await app.user.click(await screen.findByTestId("rule-menu-remove"));
  await screen.findByTestId("dialog-plan");
  return app;
}

describe("a plan for a document that something else manages", () => {
  it("ends in a patch and the owner's format", async () => {
    await removeRule(managedDocument());
    expect(await screen.findByTestId("managed-diff")).toHaveTextContent("+new");
    expect(screen.getByTestId("managed-cloudFormation")).toHaveTextContent("ReplicationConfiguration");
    expect(screen.getByTestId("plan-run")).toBeDisabled();
  });

  it("changes a marked document once its name is typed", async () => {
    const { user, last } = await removeRule(managedDocument({ owner: demoMark, mayOverride: true }));
    const run = await screen.findByTestId("plan-run");
    expect(run).toBeDisabled();
    const consent = await screen.findByTestId("plan-consent");
    const field = within(consent).getByRole("textbox", { name: `Type “${REPLICATION}” to confirm` });
    await user.type(field, REPLICATION);
    await waitFor(() => expect(run).toBeEnabled());
    await user.click(run);
    await waitFor(() => expect(last("run_plan")).toMatchObject({ plan: "plan-1", managed: [REPLICATION] }));
  });
});
