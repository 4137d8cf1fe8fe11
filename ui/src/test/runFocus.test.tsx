import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { renderApp } from "./renderApp";
import { act } from "./scene";
import { scenes } from "./scenes";

/** Scenes in which a plan is run from its dialog. */
const RUNS = Object.entries(scenes).filter(([, { actions }]) => actions?.at(-1) === "plan-run");

async function play(name: string) {
  const scene = scenes[name];
  const { user } = renderApp(scene?.address ?? "", scene?.options?.());
  for (const action of scene?.actions ?? []) await act(user, action);
  await waitFor(() => expect(screen.queryByTestId("dialog-plan")).not.toBeInTheDocument());
}

describe.each(RUNS)("%s", (name) => {
  it("leaves the focus at something after the run", async () => {
    await play(name);
    await waitFor(() => expect(document.body).not.toHaveFocus());
  });
});

it.each([
  ["the dialog that creates a repository", "create-repository"],
  ["the dialog that pushes a sample", "push-sample"],
  ["the dialog that promotes", "promote-21"],
  ["the plan that deletes a template", "template-delete-prod"],
])("after the run, %s gives the focus back to its button", async (name, button) => {
  await play(name);
  await waitFor(() => expect(screen.getByTestId(button)).toHaveFocus());
});
