import { screen, waitFor } from "@testing-library/react";
import { expect } from "vitest";
import type { DemoOptions } from "./demoPlatform";
import type { renderApp } from "./renderApp";

type User = ReturnType<typeof renderApp>["user"];

/** A person's action: a click on an element, text typed or pasted into it. */
export type Action = string | { type: string; text: string } | { paste: string; text: string };

/** A screen or a dialog and the way to it. The last action is done again where there is no *Retry*. */
export interface Scene {
  address: string;
  /** Made again for each window, because a demo changes its runs. */
  options?: () => DemoOptions;
  actions?: Action[];
}

/** Does what a person does, once it can be done. */
export async function act(user: User, action: Action, timeout?: number) {
  const id = idOf(action);
  const [element] = await screen.findAllByTestId(id, {}, timeout ? { timeout } : {});
  if (!element) throw new Error(`there is no ${id}`);
  await waitFor(() => expect(element).toBeEnabled(), timeout ? { timeout } : {});
  if (typeof action === "string") await user.click(element);
  else if ("type" in action) await user.type(element, action.text);
  else {
    await user.click(element);
    await user.paste(action.text);
  }
}

/** The element that an action is done to. */
export function idOf(action: Action): string {
  return typeof action === "string" ? action : "type" in action ? action.type : action.paste;
}
