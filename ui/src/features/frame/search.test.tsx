import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Search, SearchHit } from "../../api/types";
import { devWest, digest } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

const hit = (index: number): SearchHit => ({
  repository: { registry: devWest, repository: `service-${index}` },
  digest: digest(`service-${index}`),
  tag: `v${index}`,
});

/** As many matches as wanted, of which the application returns as many as asked for. */
const matches = (total: number) => ({
  search: ({ limit }: Search) => ({
    total,
    hits: Array.from({ length: Math.min(total, limit) }, (_, i) => hit(i)),
  }),
});

describe("the search", () => {
  it("counts all matches, and not those of the page", async () => {
    renderApp("/search?q=service", { handlers: matches(432) });
    expect(await screen.findByText("432 matches for “service” · the first 200 are shown")).toBeVisible();
    expect(await screen.findByTestId("search-grid")).toHaveAttribute("aria-rowcount", "201");
  });

  it("does not call a page the first when there is no other", async () => {
    renderApp("/search?q=service", { handlers: matches(7) });
    expect(await screen.findByText("7 matches for “service”")).toBeVisible();
  });
});
