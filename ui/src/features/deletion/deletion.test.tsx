import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { dev } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";
import { EMPTY, isEmpty, requestOf } from "./form";

const PAGE = `/images/clean?space=sandbox&account=%22${dev.id}%22&region=us-west-2&repository=prod-microservice`;

describe("the form", () => {
  const repository = {
    registry: { space: "sandbox" as const, account: dev.id, region: "us-west-2" },
    repository: "a",
  };

  it("is one rule of all conditions, or a rule for each", () => {
    const form = { ...EMPTY, olderThan: "90", untagged: true, keep: "3" };
    expect(requestOf(form, repository).rules).toEqual([
      { olderThan: 7_776_000, untagged: true, notPulled: null, tags: [], superseded: false, keep: 3 },
    ]);
    const any = requestOf({ ...form, combine: "any" }, repository).rules;
    expect(any.map(({ olderThan, untagged, keep }) => [olderThan, untagged, keep])).toEqual([
      [7_776_000, false, 3],
      [null, true, 3],
    ]);
    expect(isEmpty(EMPTY)).toBe(true);
    expect(isEmpty({ ...EMPTY, keep: "1" })).toBe(false);
  });
});

describe("cleaning up images", () => {
  it("shows what is selected and protected, and plans what is shown", async () => {
    const { user, last } = renderApp(PAGE);
    expect(await screen.findByTestId("clean-show")).toBeDisabled();
    await user.type(screen.getByTestId("clean-older"), "90");
    await user.type(screen.getByTestId("clean-references"), "/srv/deploy");
    await user.click(screen.getByTestId("clean-ask-findings"));
    expect(screen.getByTestId("clean-review")).toBeDisabled();
    await user.click(screen.getByTestId("clean-show"));
    await waitFor(() => expect(screen.getByTestId("clean-selected")).toHaveTextContent("1 of 20"));
    expect(screen.getByText(/It is in use by/)).toBeVisible();
    await user.click(screen.getByTestId("clean-review"));
    await screen.findByTestId("dialog-plan");
    expect(last("plan")).toMatchObject({
      change: "cleanImages",
      clean: {
        rules: [{ olderThan: 7_776_000 }],
        usage: { references: ["/srv/deploy"], leaveOut: ["findings"] },
        way: { kind: "delete" },
      },
    });
  });

  it("protects an image, and shows the rest again", async () => {
    const { user, last } = renderApp(PAGE);
    await user.click(await screen.findByTestId("clean-untagged"));
    await user.click(screen.getByTestId("clean-show"));
    await user.click(await screen.findByTestId("clean-protect-1.0.0"));
    await waitFor(() => expect(screen.getByTestId("clean-selected")).toHaveTextContent("0 of 20"));
    expect(last("protect_image")).toMatchObject({ protect: true });
    expect(screen.getByTestId("clean-review")).toBeDisabled();
  });

  it("has to be shown again after the form was changed", async () => {
    const { user } = renderApp(PAGE);
    await user.click(await screen.findByTestId("clean-untagged"));
    await user.click(screen.getByTestId("clean-show"));
    await screen.findByTestId("clean-preview");
    await user.click(screen.getByTestId("clean-along"));
    expect(screen.queryByTestId("clean-preview")).toBeNull();
    expect(screen.getByTestId("clean-review")).toBeDisabled();
  });
});
