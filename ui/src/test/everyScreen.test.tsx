import { act as react, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { en } from "../i18n/en";
import { prod } from "./demoWorld";
import { prepare, violations } from "./everyScreen";
import { renderApp } from "./renderApp";
import { act, type Scene } from "./scene";
import { scenes } from "./scenes";

prepare();

/** Each place that scrolls although nothing in it may have the focus, and the way there. */
const scrolling: Record<string, Scene & { role: "list" | "region"; name: string }> = {
  "the repositories that a rule matches": {
    address: scenes["the rule wizard"]?.address ?? "",
    actions: ["wizard-cross-account", { type: "destination-account-0", text: prod.id }, "wizard-next"],
    role: "list",
    name: en.replication.wizard.matches,
  },
  "the plan of a clean-up": {
    address: scenes["clean-up"]?.address ?? "",
    actions: ["cleanup-plan"],
    role: "region",
    name: en.cleanup.step.plan,
  },
};

it.each(Object.entries(scrolling))(
  "%s can be scrolled by keys",
  async (_, { address, actions, role, name }) => {
    const { user } = renderApp(address);
    for (const action of actions ?? []) await act(user, action);
    expect(await screen.findByRole(role, { name })).toHaveAttribute("tabindex", "0");
  },
);

it("the dialog that asks before the window closes can be used with a screen reader", async () => {
  const { platform } = renderApp("/overview");
  await screen.findByTestId("page-overview");
  react(() => platform.emit({ event: "closeRequested", runs: 1 }));
  await screen.findByTestId("dialog-quit");
  expect(await violations()).toEqual([]);
});

it("every address of the window is looked at", () => {
  const { router } = renderApp("/overview");
  const looked = new Set(Object.values(scenes).map(({ address }) => address.split("?")[0]));
  const paths = Object.keys(router.routesByPath);
  expect(paths.filter((path) => !looked.has(path))).toEqual([]);
});
