import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { OtherSide, OtherSideState } from "../../api/types";
import { dev, prod } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

function side(number: number, state: OtherSideState, canAdd = true): OtherSide {
  const account = `2000000000${String(number).padStart(2, "0")}`;
  return {
    registry: { space: "sandbox", account, region: "us-west-2" },
    accountName: `Team ${number}`,
    state,
    explanation: "It says why.",
    allowedBy: null,
    statement: state === "present" ? null : `{"Sid": "For${account}"}`,
    cli: null,
    canAdd: canAdd && state !== "present",
  };
}

/** The wizard at its third step, with these destinations. */
async function openStep(sides: OtherSide[]) {
  const app = renderApp(`/replication/edit?space=sandbox&account=%22${dev.id}%22&region=us-west-2`, {
    handlers: { check_other_side: () => sides },
  });
  const { user } = app;
  await user.click(await screen.findByTestId("wizard-cross-account"));
  await user.type(screen.getByTestId("destination-account-0"), prod.id);
  await user.click(screen.getByTestId("wizard-next"));
  await user.type(await screen.findByTestId("filter-0"), "prod-");
  await user.click(screen.getByTestId("wizard-next"));
  await screen.findByTestId("wizard-step-other-side");
  return app;
}

describe("the permissions of many destinations", () => {
  const many = [
    side(0, "present"),
    ...Array.from({ length: 8 }, (_, number) => side(number + 1, "missing")),
    side(9, "cannotBeSeen", false),
    side(10, "present"),
  ];

  it("are grouped by state, and all statements are added by one tick", async () => {
    const { user, last } = await openStep(many);
    const missing = await screen.findByTestId("other-sides-missing");
    expect(missing).toHaveTextContent("8 destinations");
    // The first three in full, the others on demand.
    expect(within(missing).getAllByText("It says why.")).toHaveLength(3);
    await user.click(within(missing).getByTestId("same-more"));
    expect(within(missing).getAllByText("It says why.")).toHaveLength(8);
    expect(screen.getByTestId("other-sides-present")).toHaveTextContent("2 destinations");
    expect(within(screen.getByTestId("other-sides-cannotBeSeen")).queryByRole("checkbox")).toBeNull();
    const all = screen.getByTestId("other-sides-add-missing");
    await user.click(screen.getByTestId("other-side-add-2"));
    expect(all).toBePartiallyChecked();
    await user.click(all);
    expect(screen.getByTestId("other-side-add-8")).toBeChecked();
    await user.click(screen.getByTestId("wizard-next"));
    await screen.findByTestId("wizard-step-review");
    const added = many.slice(1, 9).map(({ registry }) => registry);
    expect(last("plan")).toMatchObject({ addStatements: added });
  });

  it("show the statement of one on request, and can be copied without", async () => {
    const { user } = await openStep(many);
    const third = within(await screen.findByTestId("other-side-3"));
    expect(screen.queryByTestId("other-side-statement-3")).not.toBeInTheDocument();
    expect(third.getByTestId("other-side-copy-json-3")).toBeVisible();
    const unfold = third.getByRole("button", { name: "Statement", expanded: false });
    await user.click(unfold);
    expect(screen.getByTestId("other-side-statement-3")).toHaveTextContent("For200000000003");
    await user.click(unfold);
    expect(screen.queryByTestId("other-side-statement-3")).not.toBeInTheDocument();
  });

  it("are listed one by one, each with its statement, when there are few", async () => {
    await openStep(many.slice(0, 3));
    expect(await screen.findByTestId("other-side-2")).toBeVisible();
    expect(screen.getByTestId("other-side-statement-2")).toBeVisible();
    expect(screen.queryByTestId("other-side-unfold-2")).not.toBeInTheDocument();
    expect(screen.queryByTestId("other-sides-missing")).not.toBeInTheDocument();
  });
});
