import { createEvent, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { renderApp } from "../../../test/renderApp";

const BOARD = "/promotion/board?space=sandbox&path=shop";

/** Drags the build of a cell onto another cell. Returns whether that takes it. */
function drag(from: HTMLElement, onto: HTMLElement): boolean {
  const dataTransfer = { setData: () => undefined, effectAllowed: "", dropEffect: "" };
  fireEvent.dragStart(from, { dataTransfer });
  const over = createEvent.dragOver(onto, { dataTransfer });
  fireEvent(onto, over);
  fireEvent.drop(onto, { dataTransfer });
  fireEvent.dragEnd(from, { dataTransfer });
  return over.defaultPrevented;
}

const request = {
  change: "promoteBuild",
  space: "sandbox",
  path: "shop",
  stage: "production",
  service: "api",
  build: "1.4.2",
  tag: null,
  overrideReason: null,
  approvals: [],
};

describe("promoting a build", () => {
  it("shows every gate with its evidence, what would satisfy it, and what was not checked", async () => {
    const { user, last } = renderApp(BOARD);
    await user.click(await screen.findByTestId("promote-api-staging"));
    expect(screen.getByTestId("promote-build")).toHaveValue("1.4.2");
    await user.click(screen.getByTestId("dialog-promote-build-review"));
    const gates = within(await screen.findByTestId("gates")).getAllByRole("listitem");
    expect(last("plan")).toEqual(request);
    expect(gates.map((each) => each.dataset.state)).toEqual(["fail", "fail", "amber", "pass"]);
    expect(screen.getByTestId("gate-labels")).toHaveTextContent("To satisfy it: Build it with the label.");
    expect(screen.getByTestId("gate-scan")).toHaveTextContent("Evidence missing");
    expect(screen.getByTestId("gate-scan")).toHaveTextContent("Not checked: Base images");
    expect(screen.getByTestId("plan-run")).toBeDisabled();
  });

  it("overrides gates with a reason, in a new plan, and runs", async () => {
    const { user, last } = renderApp(BOARD);
    await user.click(await screen.findByTestId("promote-api-staging"));
    await user.type(screen.getByTestId("promote-as"), "1.4.2-prod");
    await user.click(screen.getByTestId("dialog-promote-build-review"));
    await user.click(await screen.findByTestId("override-open"));
    expect(screen.getByTestId("override-plan")).toBeDisabled();
    await user.type(screen.getByTestId("override-reason"), "Agreed with security");
    await user.click(screen.getByTestId("override-plan"));
    await waitFor(() => expect(screen.getByTestId("plan-run")).toBeEnabled());
    expect(last("plan")).toEqual({ ...request, tag: "1.4.2-prod", overrideReason: "Agreed with security" });
    expect(screen.getByTestId("gate-labels")).toHaveTextContent("Overridden");
    expect(screen.getByText("Gates are overridden: Agreed with security")).toBeVisible();
    await user.click(screen.getByTestId("plan-run"));
    expect(last("run_plan")).toMatchObject({ plan: "plan-2" });
  });

  it("adds the file of an approval to the plan", async () => {
    const { user, last } = renderApp(BOARD);
    await user.click(await screen.findByTestId("promote-api-staging"));
    await user.click(screen.getByTestId("dialog-promote-build-review"));
    await user.click(await screen.findByTestId("approval-open"));
    await user.click(screen.getByTestId("approval-text"));
    await user.paste("the file of bob");
    await user.click(screen.getByTestId("approval-plan"));
    expect(await screen.findByText("Approved by bob.")).toBeVisible();
    expect(last("plan")).toEqual({ ...request, approvals: ["the file of bob"] });
  });

  it("begins with the key P on a cell, and on the row that is active", async () => {
    const { user } = renderApp(BOARD);
    (await screen.findByTestId("promote-api-staging")).focus();
    await user.keyboard("p");
    expect(await screen.findByText("Promote api to production")).toBeVisible();
    await user.keyboard("{Escape}");
    screen.getByTestId("board-grid").focus();
    await user.keyboard("{ArrowDown}p");
    expect(await screen.findByText("Promote cart to production")).toBeVisible();
  });

  it("begins when a build is dragged to the next stage, and to no other", async () => {
    renderApp(BOARD);
    const from = await screen.findByTestId("cell-api-staging");
    expect(drag(from, screen.getByTestId("cell-cart-production"))).toBe(false);
    expect(drag(from, screen.getByTestId("cell-api-dev"))).toBe(false);
    expect(screen.queryByTestId("dialog-promote-build")).not.toBeInTheDocument();
    expect(drag(from, screen.getByTestId("cell-api-production"))).toBe(true);
    expect(await screen.findByTestId("dialog-promote-build")).toBeVisible();
  });

  it("plans every service of a stage as one, and names those that are left out", async () => {
    const { user, last } = renderApp(BOARD);
    await user.click(await screen.findByTestId("release-set"));
    await user.click(await screen.findByTestId("release-set-menu-production"));
    expect(await screen.findByTestId("plan-skipped")).toHaveTextContent("api: The stage is held by alice.");
    expect(last("plan")).toMatchObject({ change: "promoteSet", from: "staging", stage: "production" });
    expect(screen.getByTestId("promoted-search")).toHaveTextContent("Stopped");
    expect(screen.getByTestId("promoted-cart")).toHaveTextContent("May go");
  });
});

describe("the menu of a cell", () => {
  it("rolls back with a reason, and says that the stage is held afterwards", async () => {
    const { user, last } = renderApp(BOARD);
    await user.click(await screen.findByTestId("cell-actions-cart-production"));
    await user.click(await screen.findByTestId("cell-menu-rollBack"));
    await user.type(screen.getByTestId("roll-back-reason"), "Errors at checkout");
    await user.click(screen.getByTestId("dialog-roll-back-review"));
    expect(await screen.findByText(/The stage is held afterwards/)).toBeVisible();
    expect(last("plan")).toMatchObject({
      change: "rollBack",
      stage: "production",
      service: "cart",
      build: null,
      reason: "Errors at checkout",
    });
  });

  it("holds a stage, and resumes one that is held", async () => {
    const { user, last } = renderApp(BOARD);
    await user.click(await screen.findByTestId("cell-actions-cart-production"));
    await user.click(await screen.findByTestId("cell-menu-hold"));
    await user.type(screen.getByTestId("hold-reason"), "audit");
    await user.click(screen.getByTestId("hold-submit"));
    const stage = { space: "sandbox", path: "shop", stage: "production" };
    await waitFor(() =>
      expect(last("hold_stage")).toEqual({ stage: { ...stage, service: "cart" }, reason: "audit" }),
    );
    await waitFor(() => expect(screen.queryByTestId("dialog-hold")).not.toBeInTheDocument());
    await user.click(screen.getByTestId("cell-actions-api-production"));
    await user.click(await screen.findByTestId("cell-menu-resume"));
    expect(await screen.findByTestId("dialog-resume")).toHaveTextContent("rolled back after errors");
    await user.click(screen.getByTestId("confirm-action"));
    await waitFor(() => expect(last("resume_stage")).toEqual({ ...stage, service: "api" }));
  });

  it("blocks a build only with a reason, and unblocks one that is blocked", async () => {
    const { user, last } = renderApp(BOARD);
    await user.click(await screen.findByTestId("cell-actions-cart-dev"));
    await user.click(await screen.findByTestId("cell-menu-block"));
    expect(screen.getByTestId("block-submit")).toBeDisabled();
    await user.type(screen.getByTestId("block-reason"), "CVE-2026-1");
    await user.click(screen.getByTestId("block-submit"));
    await waitFor(() => expect(last("block_build")).toMatchObject({ reason: "CVE-2026-1" }));
    await waitFor(() => expect(screen.queryByTestId("dialog-block")).not.toBeInTheDocument());
    await user.click(screen.getByTestId("cell-actions-mail-staging"));
    await user.click(await screen.findByTestId("cell-menu-unblock"));
    await user.click(await screen.findByTestId("confirm-action"));
    await waitFor(() => expect(last("unblock_build")).toMatchObject({ space: "sandbox" }));
  });

  it("says what is held and blocked above the board, and which stages freeze", async () => {
    renderApp(BOARD);
    expect(await screen.findByTestId("banner-holds")).toHaveTextContent("api in production, by alice");
    expect(screen.getByTestId("banner-blocks")).toHaveTextContent("CVE-2026-12345");
    expect(screen.getByTestId("banner-freeze")).toHaveTextContent("Freeze windows protect production.");
  });
});
