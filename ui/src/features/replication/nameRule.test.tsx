import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { AdoptRule, NameRule, ReplicationView } from "../../api/types";
import { apiError } from "../../platform/fake";
import { replicationHandlers } from "../../test/demoReplication";
import { dev, devWest } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

const AT = `account=%22${dev.id}%22&region=us-west-2`;

/** A registry with one rule, which is named and adopted as the application does it. */
function show(ours: boolean, more: object = {}) {
  const read = replicationHandlers().replication as (request: unknown) => ReplicationView;
  const first = read(devWest);
  let view = { ...first, rules: first.rules.slice(0, 1).map((rule) => ({ ...rule, ours })) };
  const change = (change: Partial<ReplicationView["rules"][number]>) => {
    view = { ...view, rules: view.rules.map((rule) => ({ ...rule, ...change })) };
    return view;
  };
  return renderApp(`/replication?${AT}`, {
    handlers: {
      replication: () => view,
      name_rule: ({ name, note }: NameRule) => change({ name, ...(note ? { note } : {}) }),
      adopt_rule: ({ name, note }: AdoptRule) =>
        change({ ours: true, ...(name ? { name } : {}), ...(note ? { note } : {}) }),
      ...more,
    },
  });
}

describe("the name of a rule", () => {
  it("is given in the menu of the rule and shown on its card", async () => {
    const { user, last } = show(true);
    await user.click(await screen.findByTestId("rule-actions"));
    expect(screen.queryByTestId("rule-menu-adopt")).not.toBeInTheDocument();
    await user.click(await screen.findByTestId("rule-menu-rename"));
    const dialog = await screen.findByTestId("dialog-name-rule");
    await user.type(within(dialog).getByTestId("name-rule-name"), "Production");
    await user.type(within(dialog).getByTestId("name-rule-note"), "Asked for by team A");
    await user.click(screen.getByTestId("name-rule-submit"));
    await waitFor(() => expect(dialog).not.toBeInTheDocument());
    expect(screen.getByTestId("rule-name")).toHaveTextContent("Production");
    expect(last("name_rule")).toMatchObject({ name: "Production", note: "Asked for by team A" });
  });

  it("shows what is wrong with it at its field", async () => {
    const { user } = show(true, {
      name_rule: () => {
        throw apiError("rule-name-invalid", "The name is too long.", { field: "name" });
      },
    });
    await user.click(await screen.findByTestId("rule-actions"));
    await user.click(await screen.findByTestId("rule-menu-rename"));
    await user.click(await screen.findByTestId("name-rule-submit"));
    const dialog = screen.getByTestId("dialog-name-rule");
    await waitFor(() =>
      expect(within(dialog).getByTestId("name-rule-name")).toHaveAccessibleDescription(
        /^The name is too long./,
      ),
    );
  });
});

describe("a rule that was created elsewhere", () => {
  it("is adopted with a name", async () => {
    const { user, last } = show(false);
    const card = await screen.findByTestId("rule-row");
    expect(card).not.toHaveTextContent("Created by Longshore");
    await user.click(screen.getByTestId("rule-actions"));
    await user.click(await screen.findByTestId("rule-menu-adopt"));
    const dialog = await screen.findByTestId("dialog-name-rule");
    await user.type(within(dialog).getByTestId("name-rule-name"), "Team B");
    await user.click(screen.getByTestId("name-rule-submit"));
    await waitFor(() => expect(screen.getByTestId("rule-row")).toHaveTextContent("Created by Longshore"));
    expect(screen.getByTestId("rule-name")).toHaveTextContent("Team B");
    expect(last("adopt_rule")).toMatchObject({ registry: devWest, name: "Team B" });
  });
});
