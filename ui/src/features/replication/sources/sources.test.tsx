import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Account, PlanRequest, RunPlan } from "../../../api/types";
import { runOfRows } from "../../../test/demoRuns";
import { dev, prod } from "../../../test/demoWorld";
import { renderApp } from "../../../test/renderApp";
import { gridOf, registriesIn, stateOf, toggled } from "./grid";

const WIZARD = `/replication/edit?space=sandbox&account=%22${dev.id}%22&region=us-west-2`;

async function chooseSources(options: Parameters<typeof renderApp>[1] = {}) {
  const app = renderApp(WIZARD, options);
  await screen.findByTestId("wizard-step-destinations");
  await app.user.click(await screen.findByTestId("sources-open"));
  return app;
}

/** Accounts such as those of a company. */
function many(): Account[] {
  const regions = ["eu-central-1", "eu-west-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2"];
  return Array.from({ length: 12 }, (_, index) => ({
    ...dev,
    id: `2222333344${String(index).padStart(2, "0")}`,
    name: index % 2 ? `team-${index}` : `platform-${index}`,
    regions,
  }));
}

describe("twelve accounts with six Regions", () => {
  const accounts = many();

  it("are 72 registries, and a search leaves those that have all of its words", () => {
    expect(registriesIn(gridOf(accounts, ""), "sandbox")).toHaveLength(72);
    const found = gridOf(accounts, "team EU-");
    expect(found.rows).toHaveLength(6);
    expect(found.regions).toEqual(["eu-central-1", "eu-west-1"]);
    expect(gridOf(accounts, "222233334411 us-west-2").rows).toHaveLength(1);
    expect(gridOf(accounts, "elsewhere").rows).toEqual([]);
  });

  it("are chosen by account or by Region, only as far as they are shown", () => {
    const grid = gridOf(accounts, "platform");
    const region = registriesIn(grid, "sandbox", { region: "us-west-2" });
    expect(region).toHaveLength(6);
    const chosen = toggled([], region, true);
    const account = registriesIn(grid, "sandbox", { account: accounts[0]?.id ?? "" });
    expect([stateOf(region, chosen), stateOf(account, chosen), stateOf(account, [])]).toEqual([
      "all",
      "some",
      "none",
    ]);
    expect(toggled(chosen, account, true)).toHaveLength(11);
    expect(toggled(chosen, account, false)).toHaveLength(5);
  });
});

describe("the sources of a rule", () => {
  it("are that of the page and those that are chosen, all in one plan", async () => {
    const { user, last } = await chooseSources();
    const own = screen.getByTestId(`source-${dev.id}-us-west-2`);
    expect(own).toBeChecked();
    expect(own).toHaveAttribute("aria-disabled", "true");
    await user.type(screen.getByTestId("sources-search"), "dev");
    await user.click(screen.getByTestId(`sources-account-${dev.id}`));
    expect(screen.getByTestId("sources-count")).toHaveTextContent(
      `${dev.regions.length} registries get the same rule`,
    );
    await user.click(screen.getByTestId("wizard-cross-account"));
    await user.type(screen.getByTestId("destination-account-0"), prod.id);
    await user.click(screen.getByTestId("wizard-next"));
    await screen.findByTestId("wizard-step-filters");
    await user.type(screen.getByTestId("filter-0"), "prod-");
    await user.click(screen.getByTestId("wizard-next"));
    await user.click(await screen.findByTestId("other-side-add-0"));
    await user.click(screen.getByTestId("wizard-next"));
    const groups = await screen.findAllByTestId("plan-row-group");
    expect(groups).toHaveLength(1 + dev.regions.length);
    expect(within(groups[0] as HTMLElement).getByText("Prod")).toBeInTheDocument();
    const asked = last("plan") as Extract<PlanRequest, { change: "putRule" }>;
    const regions = (asked.rule.also ?? []).map((each) => each.region);
    expect(regions.toSorted()).toEqual(dev.regions.filter((region) => region !== "us-west-2").toSorted());

    await user.click(screen.getByTestId("plan-failure-continue"));
    await user.click(screen.getByTestId("wizard-submit"));
    await waitFor(() => expect((last("run_plan") as RunPlan).keepGoing).toBe(true));
  });

  it("are fixed while a rule is edited", async () => {
    renderApp(`${WIZARD}&rule=rule-1`);
    await screen.findByTestId("wizard-step-destinations");
    expect(screen.queryByTestId("rule-sources")).not.toBeInTheDocument();
  });
});

describe("a run of several rows", () => {
  it("says what was done, what failed and what was not started, and offers the way back", async () => {
    const run = runOfRows(false);
    const { user, last } = renderApp("/activity?run=run-rows", { runs: [run] });
    expect(await screen.findByTestId("run-counts")).toHaveTextContent("2 done · 1 failed · 1 not started");
    expect(screen.getByTestId("run-step-3")).toHaveTextContent("Not started");
    await user.click(screen.getByTestId("run-undo"));
    await screen.findByTestId("plan-body");
    expect(last("plan")).toEqual({ change: "undo", run: "run-rows" });
    expect(screen.getByTestId("plan-run")).toHaveTextContent("Undo");
  });

  it("has nothing that was not started when it went on", async () => {
    renderApp("/activity?run=run-rows", { runs: [runOfRows(true)] });
    expect(await screen.findByTestId("run-counts")).toHaveTextContent(/^3 done · 1 failed$/);
  });
});
