import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { blankPlan } from "../../test/blank";
import { renderApp } from "../../test/renderApp";

it("shows what a policy newly allows, under its step and no other", async () => {
  const step = {
    text: "Write",
    reason: null,
    registry: null,
    before: null,
    after: null,
    diff: [],
    permissions: [],
    destructive: false,
  };
  const allowed = "Allow account Dev (111122223333) to replicate images into all repositories.";
  const plan = () => blankPlan({ steps: [step, { ...step, newlyAllowed: [allowed] }] });
  const { user } = renderApp("/images", { handlers: { plan } });
  await user.click(await screen.findByTestId("create-repository"));
  await user.type(await screen.findByTestId("create-name"), "new");
  await user.click(screen.getByTestId("dialog-create-repository-review"));

  const steps = await screen.findAllByTestId("plan-step");
  expect(within(steps[0] as HTMLElement).queryByTestId("plan-newly")).toBeNull();
  expect(within(steps[1] as HTMLElement).getByTestId("plan-newly")).toHaveTextContent(allowed);
});
