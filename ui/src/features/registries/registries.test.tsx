import { screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Drift } from "../../api/types";
import { driftOf } from "../../test/demoRegistries";
import { devWest, prodWest, registry } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";
import { equalPlan, isRepairable, shownRows } from "./drift";
import { emptyNeeds, neededOf } from "./needed";

const drift: Drift = driftOf({ reference: devWest, with: [prodWest, registry("444455556666", "us-east-2")] });

test("only differences are shown unless all are asked for", () => {
  const read = driftOf({ reference: devWest, with: [prodWest] });
  expect(shownRows(read, "", true).map(({ name }) => name)).toEqual(["api", "old", "web"]);
  expect(shownRows(read, "", false)).toHaveLength(4);
  expect(shownRows(read, " WE ", true).map(({ name }) => name)).toEqual(["web"]);
});

test("what the reference lacks, and what only differs in its encryption, is not made equal", () => {
  const row = (name: string) => {
    const found = drift.rows.find((each) => each.name === name);
    if (!found) throw new Error(`no row ${name}`);
    return found;
  };
  expect(isRepairable(row("api"), false)).toBe(true);
  expect(isRepairable(row("web"), false)).toBe(false);
  expect(isRepairable(row("web"), true)).toBe(true);
  expect(isRepairable(row("old"), true)).toBe(false);
  const only = {
    name: "x",
    cells: [{ state: "same" as const }, { state: "different" as const, settings: ["encryption" as const] }],
  };
  expect(isRepairable(only, false)).toBe(false);
  expect(equalPlan(drift, drift.rows, true)?.repositories).toEqual(["api", "web"]);
  expect(equalPlan(drift, [row("old")], true)).toBeNull();
});

test("needed images are asked for once something is typed", () => {
  expect(neededOf(emptyNeeds)).toEqual({ by: "all" });
  expect(neededOf({ ...emptyNeeds, by: "patterns" })).toBeNull();
  expect(neededOf({ ...emptyNeeds, by: "patterns", patterns: "web:1.*, team/*" })).toEqual({
    by: "patterns",
    patterns: ["web:1.*", "team/*"],
  });
  expect(neededOf({ ...emptyNeeds, by: "folder", folder: " /srv " })).toEqual({ by: "folder", path: "/srv" });
});

test("every registry is read, and one plan makes the shown repositories equal", async () => {
  const { user, platform } = renderApp("/compare");
  await user.click(await screen.findByTestId("look"));
  await waitFor(() =>
    expect(platform.calls.filter(({ command }) => command === "look_at_registry")).toHaveLength(6),
  );
  await user.type(await screen.findByTestId("drift-filter"), "api");
  await user.click(screen.getByTestId("drift-equal"));
  await screen.findByTestId("dialog-plan");
  const planned = platform.calls.find(({ command }) => command === "plan");
  expect(planned?.request).toMatchObject({ change: "makeAllEqual", repositories: ["api"], create: false });
});
