import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { ListRuns, RunStep, RunView } from "../../api/types";
import { demoRuns } from "../../test/demoRuns";
import { devWest, prodWest } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

const step = (registry: RunStep["registry"]): RunStep => ({
  ...{ text: "Write", state: "done", result: null, error: null, registry },
});

function run(id: string, title: string, more: Partial<RunView>): RunView {
  const [base] = demoRuns();
  if (!base) throw new Error("the demo has no run");
  return { ...base, id, title, ...more };
}

const runs: RunView[] = [
  run("mine", "Create repository release", { state: "done", steps: [step(devWest)] }),
  run("mine-active", "Promote to release:7", { steps: [step(devWest), step(prodWest)] }),
  run("aws", "Delete repository payroll", { space: "aws", state: "done", steps: [step(devWest)] }),
  run("aws-active", "Promote to payroll:7", { space: "aws", steps: [step(devWest)] }),
];

const handlers = {
  runs: ({ scope }: ListRuns) => {
    const rows = runs.filter((each) => each.space === scope?.space);
    return { total: rows.length, rows };
  },
};

describe("Activity", () => {
  it("shows only runs of the space that the window shows", async () => {
    const { user } = renderApp("/activity", { runs, handlers });
    await screen.findByTestId("run-active-mine-active");
    await waitFor(() => expect(screen.getAllByTestId("run-row")).toHaveLength(2));
    const page = screen.getByTestId("page-activity");
    expect(page).not.toHaveTextContent("payroll");
    await user.click(screen.getByTestId("space-switch"));
    await user.click(await screen.findByTestId("space-menu-aws"));
    await within(page).findByTestId("run-active-aws-active");
    await waitFor(() => expect(page).not.toHaveTextContent("release"));
    expect(page).toHaveTextContent("Delete repository payroll");
  });

  it.each(["/activity", "/activity?run=mine"])(
    "says in each row at %s what, in which account and Region",
    async (address) => {
      renderApp(address, { runs, handlers });
      const grid = await screen.findByTestId("run-grid");
      const [, first, second] = within(grid).getAllByRole("row");
      expect(first).toHaveTextContent(/Create repository release.*Dev.*us-west-2/);
      expect(second).toHaveTextContent(/Promote to release:7.*Dev.*us-west-2.*\+1/);
      if (!second) throw new Error("there is no second run");
      expect(within(second).getByTestId("run-elsewhere")).toHaveAttribute("title", "Prod / us-west-2");
      expect(screen.getByTestId("run-active-mine-active")).toHaveTextContent(
        /Promote to release:7.*Dev.*us-west-2/,
      );
    },
  );
});

it("the overview shows only runs of the space that the window shows", async () => {
  renderApp("/overview", { runs, handlers });
  const card = await screen.findByTestId("overview-running");
  await within(card).findByText("Promote to release:7");
  expect(card).not.toHaveTextContent("payroll");
});

it("the run drawer, which shows every run, says of each which space it is in", async () => {
  const { user } = renderApp("/overview", { runs, handlers });
  await user.click(await screen.findByTestId("run-drawer-toggle"));
  const rows = within(await screen.findByTestId("run-drawer-body")).getAllByRole("listitem");
  const said = rows.map((row) => [row.textContent?.includes("payroll"), row.textContent?.includes("AWS")]);
  expect(said.map(([payroll]) => payroll).toSorted()).toEqual([false, true]);
  for (const [payroll, aws] of said) expect(aws).toBe(payroll);
});
