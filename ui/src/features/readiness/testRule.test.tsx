import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { RunView } from "../../api/types";
import { apiError } from "../../platform/fake";
import { testRun } from "../../test/demoRuns";
import { dev, devWest, prod } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

const WEST = `account=%22${dev.id}%22&region=us-west-2`;
const TEST = testRun("done").request;

type App = ReturnType<typeof renderApp>;

async function isPlanned({ user, last }: App) {
  const dialog = await screen.findByTestId("dialog-plan");
  const run = await within(dialog).findByTestId("plan-run");
  expect(last("plan")).toEqual(TEST);
  await waitFor(() => expect(run).toBeEnabled());
  expect(run).toHaveTextContent("Test rule");
  await user.click(run);
  await waitFor(() => expect(last("run_plan")).toBeDefined());
}

describe("the test of a rule is reviewed as a plan", () => {
  it("from the rule's menu", async () => {
    const app = renderApp(`/replication?${WEST}`);
    const row = (await screen.findAllByTestId("rule-row"))[0] as HTMLElement;
    await app.user.click(within(row).getByTestId("rule-actions"));
    await app.user.click(await screen.findByTestId("rule-menu-test"));
    await isPlanned(app);
  });

  it.each([
    ["its page", `/replication/rule?space=sandbox&${WEST}&rule=rule-1`],
    ["its readiness", `/replication/readiness?space=sandbox&${WEST}&rule=rule-1`],
  ])("from %s", async (_, address) => {
    const app = renderApp(address);
    await app.user.click((await screen.findAllByTestId("rule-test"))[0] as HTMLElement);
    await isPlanned(app);
  });

  it("from the wizard that saved it, which finds it among the rules", async () => {
    const app = renderApp(`/replication/edit?space=sandbox&${WEST}`);
    const { user } = app;
    await user.click(await screen.findByTestId("wizard-cross-account"));
    await user.type(screen.getByTestId("destination-account-0"), prod.id);
    await user.click(screen.getByTestId("wizard-next"));
    await user.type(await screen.findByTestId("filter-0"), "prod-microservice");
    await user.click(screen.getByTestId("wizard-next"));
    await screen.findByTestId("wizard-step-other-side");
    await user.click(screen.getByTestId("wizard-next"));
    const submit = await screen.findByTestId("wizard-submit");
    await waitFor(() => expect(submit).toBeEnabled());
    await user.click(submit);
    await user.click(await screen.findByTestId("rule-test"));
    await isPlanned(app);
  });
});

const open = (run: RunView) => renderApp("/activity?run=run-test", { runs: [run] });

describe("the run of a test", () => {
  it("says that the rule works, and how long the image took", async () => {
    open(testRun("done", { result: "the rule works: the image arrived in Prod / us-west-2 after 3.1 s" }));
    const verdict = await screen.findByTestId("rule-test-verdict");
    expect(verdict).toHaveTextContent("This rule works");
    expect(verdict).toHaveTextContent("after 3.1 s");
    expect(screen.queryByTestId("rule-test-readiness")).not.toBeInTheDocument();
  });

  it("that failed leads to the rule's readiness and to another test, not to a retry of the verdict", async () => {
    const error = apiError("rule-test-failed", "The test image did not arrive in Prod / us-west-2.", {
      side: "destination",
    });
    const { user, router } = open(testRun("failed", { state: "failed", error }));
    const verdict = await screen.findByTestId("rule-test-verdict");
    expect(verdict).toHaveAttribute("data-works", "false");
    expect(screen.getByTestId("error-state")).toHaveAttribute("data-code", "rule-test-failed");
    expect(screen.queryByTestId("run-retry")).not.toBeInTheDocument();
    expect(screen.getByTestId("run-plan-again")).toBeEnabled();
    await user.click(screen.getByTestId("rule-test-readiness"));
    await screen.findByTestId("page-readiness");
    expect(router.state.location.search).toMatchObject({ ...devWest, rule: "rule-1" });
  });

  it("that was stopped says nothing about the rule", async () => {
    open(testRun("cancelled", { state: "waiting" }));
    const verdict = await screen.findByTestId("rule-test-verdict");
    expect(verdict).toHaveAttribute("data-works", "unknown");
    expect(verdict).not.toHaveTextContent("did not arrive");
  });

  it("of another change has no verdict", async () => {
    open({ ...testRun("done", {}), request: { change: "removeRule", registry: devWest, rule: "rule-1" } });
    await screen.findByTestId("run-detail");
    expect(screen.queryByTestId("rule-test-verdict")).not.toBeInTheDocument();
  });
});
