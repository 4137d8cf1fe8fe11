import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { RunTransfer, RunView } from "../../api/types";
import { apiError } from "../../platform/fake";
import { demoEngineRun } from "../../test/demoEngine";
import { demoRuns } from "../../test/demoRuns";
import { devWest } from "../../test/demoWorld";
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
    expect(within(detail).getByTestId("run-bytes-moved")).toHaveTextContent("21.4 MB of 48.2 MB uploaded");
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
      expect(within(detail).getByTestId("run-bytes-moved")).toHaveTextContent("40.0 MB of 48.2 MB uploaded"),
    );
    act(() => platform.emit({ event: "run", run: { ...run, state: "done", canCancel: false } }));
    await waitFor(() => expect(within(detail).getByTestId("run-state")).toHaveTextContent("Done"));
    expect(within(detail).queryByTestId("run-cancel")).not.toBeInTheDocument();
  });

  it("that failed because something was changed elsewhere is planned again and not retried for ever", async () => {
    const request = { change: "removeRule", registry: devWest, rule: "rule-1" } as const;
    const runs = demoRuns().map((run): RunView => {
      if (run.id !== "run-failed") return run;
      const error = apiError("changed-elsewhere", "The rule was changed elsewhere.");
      return { ...run, error, request, steps: run.steps.map((step) => ({ ...step, error })) };
    });
    const { user, last } = renderApp("/activity?run=run-failed", { runs });
    const detail = await screen.findByTestId("run-detail");
    expect(within(detail).queryByTestId("run-retry")).not.toBeInTheDocument();
    expect(within(detail).getAllByText("The rule was changed elsewhere.")).toHaveLength(
      runs.find((run) => run.id === "run-failed")?.steps.length ?? 0,
    );
    await user.click(within(detail).getByTestId("run-plan-again"));
    await screen.findByTestId("dialog-plan");
    expect(last("plan")).toEqual(request);
  });

  it("is stopped and can be resumed", async () => {
    const { user, last } = renderApp("/activity?run=run-active", { runs: demoRuns() });
    const detail = await screen.findByTestId("run-detail");
    await user.click(within(detail).getByTestId("run-cancel"));
    expect(last("cancel_run")).toEqual({ run: "run-active" });
    expect(await within(detail).findByTestId("run-retry")).toHaveTextContent("Resume");
    expect(within(detail).getByTestId("run-state")).toHaveTextContent("Stopped");
  });

  it("that failed says which step and offers back what it replaced", async () => {
    const { user, last } = renderApp("/activity?run=run-failed", { runs: demoRuns() });
    const detail = await screen.findByTestId("run-detail");
    expect(within(detail).getByTestId("run-step-1")).toHaveTextContent(
      "no longer what the plan was made for",
    );
    expect(within(detail).getByTestId("run-retry")).toHaveTextContent("Retry failed");
    await user.click(within(detail).getByTestId("run-restore"));
    await screen.findByTestId("dialog-plan");
    expect(last("plan")).toEqual({ change: "restore", version: "version-1" });
  });
});

describe("the list of runs", () => {
  it("is filtered by the account in view, by title and by state, and never claims that nothing has run", async () => {
    const { user, last } = renderApp("/activity", { runs: demoRuns() });
    await screen.findAllByTestId("run-row");
    await user.type(screen.getByTestId("run-filter"), "no such run");
    expect(await screen.findByText("No run matches")).toBeInTheDocument();
    expect(screen.queryByText("Nothing has run yet")).not.toBeInTheDocument();
    expect(last("runs")).toMatchObject({ text: "no such run", scope: { space: "sandbox", account: null } });
    await user.click(screen.getByRole("button", { name: "Clear filter" }));
    await screen.findAllByTestId("run-row");
    await user.click(screen.getByTestId("run-state-filter"));
    await user.click(await screen.findByTestId("run-state-filter-failed"));
    await waitFor(() => {
      const states = screen.getAllByTestId("run-row").map((row) => row.dataset.state);
      expect(new Set(states)).toEqual(new Set(["failed"]));
    });
    expect(last("runs")).toMatchObject({ state: "failed", text: "" });
  });
});

describe("a run of an engine rule", () => {
  const open = async (run = demoEngineRun(10_000)) => {
    const app = renderApp("/activity?run=run-engine", { runs: [run] });
    const detail = await screen.findByTestId("run-detail");
    return { ...app, detail };
  };

  it("says what moves, what was saved, how fast it goes and how long it takes", async () => {
    const { detail } = await open();
    expect(within(detail).getByTestId("engine-moved")).toHaveTextContent("400 MB of 1.00 GB");
    expect(within(detail).getByTestId("engine-mounted")).toHaveTextContent("200 MB");
    expect(within(detail).getByTestId("engine-present")).toHaveTextContent("2 images, 100 MB");
    expect(within(detail).getByTestId("engine-rate")).toHaveTextContent("8.00 MB/s");
    expect(within(detail).getByTestId("engine-left")).toHaveTextContent("60 s to 7 min left");
  });

  it("reads its images by windows, those that failed alone, and the layers of one", async () => {
    const { user, detail, platform, last } = await open();
    expect(await within(detail).findByTestId("run-images-count")).toHaveTextContent("10,000 images");
    const asked = platform.calls.filter((call) => call.command === "run_images");
    expect(asked.every((call) => (call.request as { limit: number }).limit <= 100)).toBe(true);
    await user.click(within(detail).getByTestId("run-only-failed"));
    await waitFor(() => expect(within(detail).getByTestId("run-images-count")).toHaveTextContent("1 image"));
    const rows = await within(detail).findAllByTestId("run-image-row");
    expect(rows.map((row) => row.dataset.state)).toEqual(["failed"]);
    await user.click(rows[0] as HTMLElement);
    const chosen = await within(detail).findByTestId("run-image-chosen");
    expect(await within(chosen).findAllByTestId("run-layer")).toHaveLength(2);
    expect(chosen).toHaveTextContent("The destination tag has another digest.");
    expect(last("run_images")).toMatchObject({ layersOf: [2] });
  });

  it("is paused, resumed and limited", async () => {
    const { user, detail, platform, last } = await open();
    await user.click(within(detail).getByTestId("run-pause"));
    expect(last("pause_run")).toEqual({ run: "run-engine" });
    const paused = demoEngineRun(10_000);
    act(() =>
      platform.emit({
        event: "run",
        run: { ...paused, transfer: { ...(paused.transfer as RunTransfer), paused: "person" } },
      }),
    );
    expect(await within(detail).findByTestId("run-continue")).toBeVisible();
    expect(within(detail).getByTestId("run-state")).toHaveTextContent("Paused");
    expect(screen.getByTestId("run-active-run-engine")).toHaveTextContent("Paused");
    await user.click(within(detail).getByTestId("run-continue"));
    expect(last("continue_run")).toEqual({ run: "run-engine" });
    const slider = within(detail).getByTestId("run-bandwidth");
    expect(slider).toHaveAttribute("aria-valuetext", "No limit");
    fireEvent.change(slider, { target: { value: "0" } });
    await waitFor(() =>
      expect(last("set_run_limits")).toEqual({ run: "run-engine", bandwidth: 64_000, concurrency: null }),
    );
  });

  it("that the application left unfinished can be resumed", async () => {
    const run = demoEngineRun(100, { state: "interrupted", canCancel: false, canRetry: true });
    renderApp("/activity", { runs: [run] });
    const row = await screen.findByTestId("run-unfinished-run-engine");
    expect(row).toHaveTextContent("96 images left, 600 MB left to upload");
    expect(within(row).getByTestId("run-retry")).toHaveTextContent("Resume");
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
