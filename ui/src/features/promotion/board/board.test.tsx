import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { apiError } from "../../../platform/fake";
import { boardCell, boardRows, build, demoBoard } from "../../../test/demoPromotion";
import { renderApp } from "../../../test/renderApp";

const BOARD = "/promotion/board?space=sandbox&path=shop";

describe("paths", () => {
  it("explains what a path is where there is none, and still promotes one image", async () => {
    const { user, router } = renderApp("/promotion", { handlers: { paths: () => [] } });
    expect(await screen.findByText(/A path is an ordered list of stages/)).toBeVisible();
    await user.click(screen.getByTestId("promote-one"));
    expect(router.state.location.pathname).toBe("/promotion/image");
    expect(await screen.findByTestId("promote-plan")).toBeVisible();
  });

  it("shows each path with its stages and what they ask for, and opens its board", async () => {
    const { user, last } = renderApp("/promotion");
    const path = await screen.findByTestId("path-shop");
    expect(path).toHaveTextContent("5 gates · 1 approval");
    await user.click(screen.getByTestId("path-open-shop"));
    expect(await screen.findByTestId("board-grid")).toBeVisible();
    expect(last("board")).toEqual({ space: "sandbox", name: "shop" });
  });
});

describe("the board", () => {
  it("shows for each service which build each stage has, and what is remarkable about it", async () => {
    const { user } = renderApp(BOARD);
    const grid = await screen.findByTestId("board-grid");
    expect(within(grid).getAllByTestId("mark-held")).toHaveLength(1);
    expect(within(grid).getAllByTestId("mark-blocked")).toHaveLength(1);
    expect(within(grid).getAllByTestId("mark-moved")).toHaveLength(1);
    expect(within(grid).getByText("2 behind")).toBeVisible();
    await user.click(within(grid).getByTitle("cart"));
    const details = await screen.findByTestId("details-production");
    expect(details).toHaveTextContent("was moved outside Longshore");
    expect(details).toHaveTextContent("has another build");
    await user.click(screen.getByTestId("service-record"));
    expect(await screen.findByTestId("record-filter")).toHaveValue("cart");
  });

  it("says “Not known” of a stage that cannot be read, and “No build” only of one that was", async () => {
    renderApp(BOARD);
    const grid = await screen.findByTestId("board-grid");
    expect(within(grid).getAllByText("Not known")).toHaveLength(1);
    expect(within(grid).getAllByText("No build")).toHaveLength(1);
  });

  it("is filtered by service, tag, digest and person", async () => {
    const { user } = renderApp(BOARD);
    await user.type(await screen.findByTestId("board-filter"), build("cart", "2.0.1").slice(7, 17));
    expect(await screen.findByText("1 of 4 services")).toBeVisible();
    await user.clear(screen.getByTestId("board-filter"));
    await user.type(screen.getByTestId("board-filter"), "nowhere");
    expect(await screen.findByText("No match")).toBeVisible();
  });

  it("draws only a few of 500 services with 5 stages", async () => {
    const stages = ["dev", "test", "qa", "staging", "production"];
    const rows = Array.from({ length: 500 }, (_, index) => ({
      service: `service-${index}`,
      cells: stages.map((stage) => boardCell({ stage, tag: "1.0", digest: build(`${index}`, stage) })),
    }));
    renderApp(BOARD, { handlers: { board: () => ({ ...demoBoard(rows), stages }) } });
    const grid = await screen.findByTestId("board-grid");
    expect(grid).toHaveAttribute("aria-rowcount", "501");
    expect(within(grid).getAllByRole("row").length).toBeLessThan(60);
  });

  it("keeps what was read when it cannot be read again, and says so", async () => {
    let refused = false;
    const { user } = renderApp(BOARD, {
      handlers: {
        board: () => {
          if (refused) throw apiError("network", "No answer from the registry.", { side: "service" });
          return demoBoard(boardRows);
        },
      },
    });
    await screen.findByTestId("board-grid");
    refused = true;
    await user.click(screen.getByTestId("board-refresh"));
    expect(await screen.findByText(/No answer from the registry/)).toBeVisible();
    expect(screen.getByTestId("board-grid")).toBeVisible();
  });
});
