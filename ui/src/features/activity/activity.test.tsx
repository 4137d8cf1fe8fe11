import { act, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { RunView } from "../../api/types";
import { demoRuns } from "../../test/demoRuns";
import { renderApp } from "../../test/renderApp";

function active(): RunView {
  const run = demoRuns().find((each) => each.id === "run-active");
  if (!run) throw new Error("the demo has no run under way");
  return run;
}

describe("a run", () => {
  it("shows its steps, images and layers, and follows events", async () => {
    const { platform } = renderApp("/activity?run=run-active", { runs: demoRuns() });
    const detail = await screen.findByTestId("run-detail");
    expect(within(detail).getByTestId("run-state")).toHaveTextContent("Running");
    expect(within(detail).getByTestId("run-bytes-moved")).toHaveTextContent("moved 21.4 MB of 48.2 MB");
    const layers = within(detail).getAllByTestId("run-layer");
    expect(layers.map((layer) => layer.dataset.action)).toEqual([
      "mounted",
      "uploaded",
      "uploading",
      "waiting",
      "present",
    ]);
    expect(layers[2]).toHaveTextContent("4.20 MB of 31.0 MB");
    expect(within(layers[2] as HTMLElement).getByRole("progressbar")).toHaveAttribute("aria-valuenow", "13");
    expect(within(layers[0] as HTMLElement).queryByRole("progressbar")).not.toBeInTheDocument();

    const run = active();
    act(() => platform.emit({ event: "run", run: { ...run, bytesMoved: 40_000_000 } }));
    await waitFor(() =>
      expect(within(detail).getByTestId("run-bytes-moved")).toHaveTextContent("moved 40.0 MB of 48.2 MB"),
    );
    act(() => platform.emit({ event: "run", run: { ...run, state: "done", canCancel: false } }));
    await waitFor(() => expect(within(detail).getByTestId("run-state")).toHaveTextContent("Done"));
    expect(within(detail).queryByTestId("run-cancel")).not.toBeInTheDocument();
  });

  it("is stopped and can go on", async () => {
    const { user, last } = renderApp("/activity?run=run-active", { runs: demoRuns() });
    const detail = await screen.findByTestId("run-detail");
    await user.click(within(detail).getByTestId("run-cancel"));
    expect(last("cancel_run")).toEqual({ run: "run-active" });
    expect(await within(detail).findByTestId("run-retry")).toHaveTextContent("Go on");
    expect(within(detail).getByTestId("run-state")).toHaveTextContent("Stopped");
  });

  it("that failed says which step and offers back what it replaced", async () => {
    const { user, last } = renderApp("/activity?run=run-failed", { runs: demoRuns() });
    const detail = await screen.findByTestId("run-detail");
    expect(within(detail).getByTestId("run-step-1")).toHaveTextContent(
      "no longer what the plan was made for",
    );
    expect(within(detail).getByTestId("run-retry")).toHaveTextContent("Retry what failed");
    await user.click(within(detail).getByTestId("run-restore"));
    await screen.findByTestId("dialog-plan");
    expect(last("plan")).toEqual({ change: "restore", version: "version-1" });
  });
});

describe("the run drawer", () => {
  it("is reachable from everywhere and shows what runs in full", async () => {
    const { user } = renderApp("/permissions", { runs: demoRuns() });
    const toggle = await screen.findByTestId("run-drawer-toggle");
    await waitFor(() => expect(toggle).toHaveTextContent("1 run under way"));
    await user.click(toggle);
    await user.click(await screen.findByTestId("run-drawer-run-run-active"));
    const drawer = screen.getByTestId("run-drawer-body");
    expect(await within(drawer).findByTestId("run-detail")).toHaveAttribute("data-run", "run-active");
    await user.click(within(drawer).getByTestId("run-drawer-activity"));
    expect(await screen.findByTestId("page-activity")).toBeVisible();
  });
});

describe("the history", () => {
  it("lists runs and opens one", async () => {
    const { user } = renderApp("/activity", { runs: demoRuns() });
    const rows = await screen.findAllByTestId("run-row");
    expect(rows.map((row) => row.dataset.state)).toEqual(["running", "failed", "done"]);
    await user.click(rows[1] as HTMLElement);
    expect(await screen.findByTestId("run-detail")).toHaveAttribute("data-run", "run-failed");
  });
});
