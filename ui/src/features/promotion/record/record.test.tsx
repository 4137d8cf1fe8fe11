import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { apiError } from "../../../platform/fake";
import { renderApp } from "../../../test/renderApp";

const RECORD = "/promotion?tab=record";

describe("the record of promotions", () => {
  it("shows entries newest first, and one with its gates, destinations and reasons", async () => {
    const { user, last } = renderApp(RECORD);
    const grid = await screen.findByTestId("record-grid");
    const events = within(grid).getAllByRole("row").slice(1);
    expect(events.map((row) => row.querySelector("[data-column=event]")?.textContent)).toEqual([
      "Blocked",
      "Held",
      "Promoted",
    ]);
    await user.click(within(grid).getByText("Promoted"));
    const drawer = await screen.findByTestId("entry-drawer");
    expect(await within(drawer).findByTestId("gate-labels")).toHaveTextContent("Overridden");
    expect(drawer).toHaveTextContent("Agreed with security");
    expect(drawer).toHaveTextContent(/Prod.*us-west-2.*prod-api:1.4.1/);
    expect(last("promotion")).toEqual({ space: "sandbox", sequence: 1 });
  });

  it("is filtered by path, stage, text and what changed a stage", async () => {
    const { user, last } = renderApp(RECORD);
    await user.type(await screen.findByTestId("record-filter"), "alice");
    await user.click(screen.getByTestId("record-stage"));
    await user.click(await screen.findByTestId("record-stage-production"));
    await user.click(screen.getByTestId("record-moves"));
    await waitFor(() =>
      expect(last("promotions")).toMatchObject({ text: "alice", stage: "production", movesOnly: true }),
    );
  });

  it("is called empty only without a filter", async () => {
    const { user } = renderApp(RECORD, { handlers: { promotions: () => [] } });
    expect(await screen.findByText("Nothing is recorded yet")).toBeVisible();
    await user.click(screen.getByTestId("record-moves"));
    expect(await screen.findByText("No entry matches")).toBeVisible();
  });

  it("is verified, and its end is shown to be noted elsewhere", async () => {
    const { user } = renderApp(RECORD);
    await user.click(await screen.findByTestId("record-verify"));
    const verified = await screen.findByTestId("record-verified");
    expect(verified).toHaveTextContent("The record is whole: 3 entries.");
    expect(verified).toHaveTextContent(/Its end is 3:[0-9a-f]{64}/);
  });

  it("says that it was changed when it does not verify", async () => {
    const { user } = renderApp(RECORD, {
      handlers: {
        verify_promotions: () => {
          throw apiError("promotion-record-broken", "Entry 2 was changed.");
        },
      },
    });
    await user.click(await screen.findByTestId("record-verify"));
    expect(await screen.findByText("Entry 2 was changed.")).toBeVisible();
  });

  it("shows what every stage had at a moment", async () => {
    const { user, last } = renderApp(RECORD);
    await user.click(await screen.findByTestId("record-at-open"));
    const moment = await screen.findByTestId("record-at");
    expect(screen.getByTestId("record-at-show")).toBeDisabled();
    fireEvent.change(moment, { target: { value: "2026-11-30T12:00" } });
    await user.click(screen.getByTestId("record-at-show"));
    expect(await screen.findByTestId("record-at-grid")).toBeVisible();
    expect(last("promotions_at")).toEqual({
      space: "sandbox",
      at: new Date("2026-11-30T12:00").toISOString(),
    });
  });
});
