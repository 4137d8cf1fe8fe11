import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { dev, devWest, imagesOf, repositories } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

const WEST = `account=%22${dev.id}%22&region=us-west-2&repository=prod-microservice`;
const REPOSITORY = `/images/repository?space=sandbox&${WEST}`;
const HOUR = 3_600_000;

/** One image, with the pull that ECR recorded last. */
function pulled(lastPull: string | null) {
  const repository = repositories.find((row) => row.registry === devWest && row.name === "prod-microservice");
  const rows = repository ? imagesOf(repository).slice(0, 1) : [];
  return {
    images: () => ({
      total: 1,
      offset: 0,
      rows: rows.map((row) => ({ ...row, lastPull })),
      asOf: new Date().toISOString(),
      problem: null,
    }),
  };
}

describe("the list of images", () => {
  it("says when an image was last pulled", async () => {
    const at = new Date(Date.now() - 3 * HOUR).toISOString();
    renderApp(REPOSITORY, { handlers: pulled(at) });
    expect(await screen.findByRole("columnheader", { name: "Last pull" })).toBeVisible();
    const grid = screen.getByTestId("image-grid");
    expect(grid.querySelector(`time[datetime="${at}"]`)).toHaveTextContent("3 h");
  });

  it("shows no time for an image without a recorded pull", async () => {
    renderApp(REPOSITORY, { handlers: pulled(null) });
    await screen.findByRole("columnheader", { name: "Last pull" });
    // The only time is that of the push.
    expect(screen.getByTestId("image-grid").querySelectorAll("time")).toHaveLength(1);
  });
});
