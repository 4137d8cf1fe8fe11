import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { apiError, type Handlers } from "../../platform/fake";
import { dev, devWest } from "../../test/demoWorld";
import { renderApp } from "../../test/renderApp";

const AT = `account=%22${dev.id}%22&region=us-west-2`;

/** The card of a rule of the demo: the first is Longshore's, the second is not. */
async function card(index: number, handlers: Handlers = {}) {
  const app = renderApp(`/replication?${AT}`, { handlers });
  const row = (await screen.findAllByTestId("rule-row"))[index] as HTMLElement;
  await app.user.click(within(row).getByTestId("rule-actions"));
  return { ...app, row };
}

describe("the name of a rule", () => {
  it("is given in the menu of the rule and shown on its card", async () => {
    const { user, last, row } = await card(0);
    await user.click(await screen.findByTestId("rule-menu-rename"));
    expect(screen.queryByTestId("rule-menu-adopt")).not.toBeInTheDocument();
    const dialog = await screen.findByTestId("dialog-name-rule");
    await user.type(within(dialog).getByTestId("name-rule-name"), "Production");
    await user.type(within(dialog).getByTestId("name-rule-note"), "Asked for by team A");
    await user.click(screen.getByTestId("name-rule-submit"));
    await waitFor(() => expect(dialog).not.toBeInTheDocument());
    expect(within(row).getByTestId("rule-name")).toHaveTextContent("Production");
    expect(last("name_rule")).toMatchObject({ name: "Production", note: "Asked for by team A" });
  });

  it("shows what is wrong with it at its field", async () => {
    const { user } = await card(0, {
      name_rule: () => {
        throw apiError("rule-name-invalid", "The name is too long.", { field: "name" });
      },
    });
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
    const { user, last, row } = await card(1);
    expect(row).not.toHaveTextContent("Created by Longshore");
    await user.click(await screen.findByTestId("rule-menu-adopt"));
    const dialog = await screen.findByTestId("dialog-name-rule");
    await user.type(within(dialog).getByTestId("name-rule-name"), "Team B");
    await user.click(screen.getByTestId("name-rule-submit"));
    await waitFor(() => expect(row).toHaveTextContent("Created by Longshore"));
    expect(within(row).getByTestId("rule-name")).toHaveTextContent("Team B");
    expect(last("adopt_rule")).toMatchObject({ registry: devWest, name: "Team B" });
  });
});
