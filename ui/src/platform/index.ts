import type { AppEvent } from "../api/types";
import type { Platform } from "./platform";
import { tauri } from "./tauri";

export type { Platform } from "./platform";

let current: Platform = tauri;

/** Replaces the host, for tests and for work on the UI without the application. */
export function setPlatform(platform: Platform): void {
  current = platform;
}

/** Calls a command. The types are those of the generated client, the only caller. */
export function call<Response>(command: string, args: Record<string, unknown>): Promise<Response> {
  return current.call(command, args) as Promise<Response>;
}

/** Subscribes to the application's events, which begin with a snapshot. Returns a function to unsubscribe. */
export function subscribe(onEvent: (event: AppEvent) => void): () => void {
  return current.subscribe(onEvent);
}

/** Ends the application, even during a run. */
export function quit(): Promise<void> {
  return current.quit();
}

/** Puts a text on the clipboard; false if the desktop does not allow it. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

// Some web views deny the clipboard interface to custom protocols but still honour a copy of the selection.
function copyBySelection(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.setAttribute("readonly", "");
  area.className = "visually-hidden";
  document.body.append(area);
  const focused = document.activeElement;
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}
