import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { BackfillView, GetBringOver, RegistryKey, ReplicationView } from "../../api/types";
import { en } from "../../i18n/en";
import type { Handlers } from "../../platform/fake";
import { blankRun } from "../../test/blank";
import { demoBackfill } from "../../test/demoReadiness";
import { replicationHandlers } from "../../test/demoReplication";
import { dev, devWest, digest, prod, prodWest, registry } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";
import { conflictOf, initiallyChosen } from "./backfillForm";

const WEST = `account=%22${dev.id}%22&region=us-west-2`;
const LIST = `/replication?${WEST}&tab=backfills`;
const devEast = registry(dev.id, "us-east-2");
const prodEast = registry(prod.id, "us-east-2");

/** The dialog, for a rule with these destinations. */
async function dialog(destinations: RegistryKey[] = [prodWest], more: Handlers = {}) {
  const read = replicationHandlers().replication as (where: RegistryKey) => ReplicationView;
  const view = read(devWest);
  const rules = view.rules.map((rule) => ({
    ...rule,
    destinations: destinations.map((each) => ({ registry: each, accountName: null })),
  }));
  const app = renderApp(`/replication?${WEST}`, {
    handlers: { replication: () => ({ ...view, rules }), ...more },
  });
  const [menu] = await screen.findAllByTestId("rule-actions");
  await app.user.click(menu as HTMLElement);
  await app.user.click(await screen.findByTestId("rule-menu-backfill"));
  await screen.findByTestId("dialog-backfill");
  return app;
}

const list = (...backfills: BackfillView[]) => renderApp(LIST, { handlers: { backfills: () => backfills } });

describe("bringing over existing images", () => {
  it("is ECR's backfill where that is proposed, and says why and within which limits", async () => {
    const { user, last } = await dialog();
    expect(await screen.findByTestId("backfill-advice")).toHaveTextContent("ECR can do all of it on its own");
    expect(screen.getByTestId("backfill-limits")).toHaveTextContent("at most ten for a registry");
    await user.click(screen.getByTestId("dialog-backfill-review"));
    await screen.findByTestId("dialog-plan");
    expect(last("plan")).toEqual({
      change: "startBackfill",
      registry: devWest,
      destinations: [{ account: prod.id, region: "us-west-2" }],
    });
  });

  it("is the engine's where that is proposed, unless ECR is chosen", async () => {
    const asked: GetBringOver[] = [];
    const reason =
      "A backfill would also copy 2 repositories that other rules replicate to Prod / us-west-2.";
    const { user } = await dialog([prodWest], {
      bring_over: (request: GetBringOver) => {
        asked.push(request);
        return { way: "engine", reasons: [reason] };
      },
    });
    expect(await screen.findByTestId("backfill-advice")).toHaveTextContent(reason);
    expect(screen.getByRole("radio", { name: new RegExp(en.backfill.dialog.engine) })).toBeChecked();
    expect(asked[0]).toEqual({
      registry: devWest,
      destinations: [prodWest],
      prefixes: ["prod-microservice"],
    });
    await user.click(screen.getByTestId("backfill-way-backfill"));
    expect(screen.getByTestId("backfill-limits")).toHaveTextContent("at most ten for a registry");
  });

  it("by the engine continues in its wizard with the rule's destinations and prefixes", async () => {
    const { user, router, last } = await dialog([prodWest, prodEast]);
    await user.click(screen.getByTestId("backfill-way-engine"));
    expect(screen.getByTestId("backfill-limits")).toHaveTextContent(en.backfill.dialog.engineLimits.pulls);
    await user.click(screen.getByTestId("dialog-backfill-review"));
    await screen.findByTestId("engine-destination-0");
    expect(router.state.location.search).toMatchObject({
      to: [`${prod.id}/us-west-2`, `${prod.id}/us-east-2`],
      prefixes: ["prod-microservice"],
    });
    expect(last("plan")).toBeUndefined();
  });

  it("to two accounts in one Region is refused by ECR, so it is not planned", async () => {
    const { user } = await dialog([devEast, prodEast]);
    expect(screen.getByTestId(`backfill-to-${dev.id}-us-east-2`)).toBeChecked();
    expect(screen.getByTestId(`backfill-to-${prod.id}-us-east-2`)).not.toBeChecked();
    expect(screen.getByTestId("dialog-backfill-review")).toBeEnabled();
    await user.click(screen.getByTestId(`backfill-to-${prod.id}-us-east-2`));
    expect(screen.getByTestId("backfill-conflict")).toHaveTextContent("Choose one destination in us-east-2.");
    expect(screen.getByTestId("dialog-backfill-review")).toBeDisabled();
    await user.click(screen.getByTestId("backfill-way-engine"));
    expect(screen.getByTestId("dialog-backfill-review")).toBeEnabled();
  });

  it("starts with as many destinations as ECR can serve at once", () => {
    const many = Array.from({ length: 12 }, (_, index) => registry(prod.id, `eu-west-${index}`));
    expect(initiallyChosen(many)).toHaveLength(10);
    expect(conflictOf(many)?.kind).toBe("tooMany");
    expect(conflictOf(many.slice(0, 10))).toBeNull();
  });

  it("is offered on the rule's page, where it says that existing images are not copied", async () => {
    const { user } = renderApp(`/replication/rule?space=sandbox&${WEST}&rule=rule-1`);
    expect(await screen.findByText(en.backfill.existingText)).toBeVisible();
    await user.click(screen.getByTestId("bring-over"));
    expect(await screen.findByTestId("dialog-backfill")).toBeVisible();
  });
});

describe("the backfills of a registry", () => {
  it("show their progress, and can be stopped by a plan", async () => {
    const { user, last } = list(demoBackfill());
    const row = await screen.findByTestId("backfill");
    expect(row).toHaveTextContent("10 of 40 replications complete");
    expect(within(row).getByRole("progressbar")).toHaveAttribute("aria-valuenow", "25");
    await user.click(within(row).getByTestId("backfill-stop"));
    await screen.findByTestId("dialog-plan");
    expect(last("plan")).toEqual({ change: "stopBackfill", registry: devWest, id: "backfill-1" });
  });

  it("say nothing of numbers while ECR counts", async () => {
    list(demoBackfill({ status: "preparing", total: 0, completed: 0 }));
    const row = await screen.findByTestId("backfill");
    expect(row).toHaveTextContent(en.backfill.counting);
    expect(row).not.toHaveTextContent("0 of 0");
  });

  it("that are complete with failures do not look complete", async () => {
    list(demoBackfill({ status: "complete", completed: 38, failed: 2 }));
    const row = await screen.findByTestId("backfill");
    expect(within(row).getByText("Complete, 2 failed")).toHaveAttribute("data-status", "warning");
    expect(within(row).queryByTestId("backfill-stop")).not.toBeInTheDocument();
  });

  it("name the images that failed only once they have ended", async () => {
    list(demoBackfill({ failed: 2 }));
    const row = await screen.findByTestId("backfill");
    expect(row).toHaveTextContent(en.backfill.later);
    expect(within(row).queryByTestId("backfill-failures")).not.toBeInTheDocument();
  });

  it("say why images failed, and an image can be replicated again", async () => {
    const { user, last } = renderApp(LIST);
    await user.click(await screen.findByTestId("backfill-failures"));
    const [first, second] = await screen.findAllByTestId("backfill-failure");
    expect(first).toHaveTextContent("ImageTagAlreadyExists");
    expect(second).toHaveTextContent(en.backfill.failures.noCode);
    expect(last("backfill_failures")).toEqual({ registry: devWest, id: "backfill-2" });
    await user.click(within(first as HTMLElement).getByTestId("backfill-failure-again"));
    await screen.findByTestId("dialog-plan");
    expect(last("plan")).toMatchObject({
      change: "replicateAgain",
      image: {
        repository: { registry: devWest, repository: "prod-microservice" },
        digest: digest("prod-microservice21"),
      },
      destination: prodEast,
    });
  });

  it("list the first failures of many, and say how many there are; nothing hidden in their names", async () => {
    const { user } = renderApp(LIST, {
      handlers: {
        backfills: () => [demoBackfill({ status: "failed", failed: 500, failureCode: "TooMany\u202e" })],
        backfill_failures: () => [{ repository: "a\u200bb", tag: "1", digest: null, codes: ["X\u202e"] }],
      },
    });
    expect(await screen.findByText("ECR's failure code: TooMany\\u{202e}")).toBeVisible();
    await user.click(screen.getByTestId("backfill-failures"));
    expect(await screen.findByText("The first 1 of 500 are listed.")).toBeVisible();
    const row = screen.getByTestId("backfill-failure");
    expect(row).toHaveTextContent("a\\u{200b}b:1");
    expect(row).toHaveTextContent("X\\u{202e}");
  });

  it("are read again when a run has ended, because it may have started one", async () => {
    let started: BackfillView[] = [];
    const { platform } = renderApp(LIST, { handlers: { backfills: () => started } });
    expect(await screen.findByText(en.backfill.none)).toBeVisible();
    started = [demoBackfill()];
    const run = blankRun({ id: "run-9", title: "Bring over existing images" });
    platform.emit({ event: "run", run });
    await waitFor(() => expect(screen.getByTestId("backfill")).toBeVisible());
  });
});
