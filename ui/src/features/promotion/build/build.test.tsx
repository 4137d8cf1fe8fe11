import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { build } from "../../../test/demoPromotion";
import { demoBuild } from "../../../test/demoRecord";
import { renderApp } from "../../../test/renderApp";

const BUILD = "/promotion/build?space=sandbox&path=shop&service=api&build=1.4.2&stage=staging";

describe("a build", () => {
  it("is opened from its cell, with the digest that the board showed", async () => {
    const { user, last } = renderApp("/promotion/board?space=sandbox&path=shop");
    await user.click(await screen.findByTestId("cell-actions-api-staging"));
    await user.click(await screen.findByTestId("cell-menu-build"));
    expect(await screen.findByTestId("page-build")).toBeVisible();
    expect(last("build")).toMatchObject({ service: "api", build: build("api", "1.4.2"), stage: "staging" });
  });

  it("shows its commit, platforms and labels, where it is and where it was", async () => {
    renderApp(BUILD);
    expect(await screen.findByText("linux/arm64")).toBeVisible();
    expect(screen.getByTestId("build-places")).toHaveTextContent("staging-api");
    expect(screen.getByTestId("build-history")).toHaveTextContent("Promoted");
    expect(screen.getByText("empty: does the build ARG have the same name?")).toBeVisible();
  });

  it("does not say that it has no labels when its content could not be read", async () => {
    const unread = { labels: [], annotations: [], platforms: [], referrers: [], commit: null };
    renderApp(BUILD, {
      handlers: { build: () => ({ ...demoBuild(), ...unread, problem: "The registry refused." }) },
    });
    expect(await screen.findByText(/Its content could not be read. The registry refused./)).toBeVisible();
    expect(screen.queryByText(/No labels/)).not.toBeInTheDocument();
    expect(screen.queryByText(/No label names a commit/)).not.toBeInTheDocument();
  });

  it("is blocked on every path with a reason", async () => {
    const { user, last } = renderApp(BUILD);
    await user.click(await screen.findByTestId("build-block"));
    await user.type(screen.getByTestId("block-reason"), "CVE-2026-1");
    await user.click(screen.getByTestId("block-submit"));
    await waitFor(() =>
      expect(last("block_build")).toEqual({
        space: "sandbox",
        digest: build("api", "1.4.2"),
        reason: "CVE-2026-1",
      }),
    );
  });
});
