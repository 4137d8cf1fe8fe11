import { configure, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { en } from "../i18n/en";
import type { FakePlatform } from "../platform/fake";
import { emptyShown, emptyTexts } from "./emptyTexts";
import { REFUSED, renderApp } from "./renderApp";
import { type Action, act, idOf, type Scene } from "./scene";
import { scenes } from "./scenes";
import { settled } from "./settled";

/** Calls that no screen waits for: the application is notified of the visible rows and returns nothing. */
const UNHEARD = new Set(["set_visible"]);

const BRIEF = 2_000;
const PATIENT = 20_000;

/** Whether an error is shown as a toast, which stays until a person dismisses it. */
const isToast = (element: Element) =>
  element.closest("[data-testid=toasts], [data-testid^=toast-], [aria-atomic], [aria-live]") !== null;

const asked = (platform: FakePlatform, command: string) =>
  platform.calls.filter((call) => call.command === command).length;

const refusals = () => screen.queryAllByText(REFUSED);

const EMPTY = emptyTexts(en);

interface Seen {
  calls: string[];
  empty: string[];
}

async function play(scene: Scene): Promise<Seen> {
  const { platform, user } = renderApp(scene.address, scene.options?.());
  await settled();
  // A refusal may end a scene on its way, where an empty list is really empty.
  const empty = new Set(emptyShown(EMPTY));
  for (const action of scene.actions ?? []) {
    // Nothing is refused, so only a busy machine makes it wait.
    await act(user, action, PATIENT);
    await settled();
    for (const text of emptyShown(EMPTY)) empty.add(text);
  }
  const calls = [...new Set(platform.calls.map((call) => call.command))];
  return { calls: calls.filter((call) => !UNHEARD.has(call)), empty: [...empty] };
}

/** So many files share the scenes, so that they run at once. */
const FILES = 4;

/** Refuses each call of each scene in turn: the error is shown, no empty list is, and retrying works. */
export function refuseCalls(file: 0 | 1 | 2 | 3) {
  beforeEach(() => configure({ asyncUtilTimeout: 5_000 }));
  afterEach(() => configure({ asyncUtilTimeout: 10_000 }));

  describe.each(Object.entries(scenes).filter((_, place) => place % FILES === file))("%s", (_, scene) => {
    it("shows every refused call, never shows an empty list instead, and can retry", async () => {
      const { cleanup } = await import("@testing-library/react");
      const { calls, empty } = await play(scene);
      cleanup();
      expect(calls).not.toHaveLength(0);
      const wrong: string[] = [];
      for (const call of calls) {
        const failing = new Set([call]);
        const { user, platform } = renderApp(scene.address, { ...scene.options?.(), failing });
        let last: Action | undefined;
        for (const action of scene.actions ?? []) {
          await settled();
          if (refusals().length > 0) break;
          try {
            await act(user, action, BRIEF);
            last = action;
          } catch {
            break;
          }
        }
        try {
          await waitFor(() => expect(refusals()).not.toHaveLength(0), { timeout: BRIEF });
          // What was refused with it is drawn at the next turns, and has a button of its own.
          await new Promise((resolve) => setTimeout(resolve, 50));
          const claims = () => emptyShown(EMPTY).filter((text) => !empty.includes(text));
          await waitFor(() => expect(claims()).toEqual([]), { timeout: BRIEF }).catch(() => {
            wrong.push(`${call}: says ${claims().join(" | ")}`);
          });
          failing.clear();
          const retry = screen.queryAllByTestId("error-retry");
          const before = asked(platform, call);
          if (retry.length > 0) for (const button of retry) await user.click(button);
          else if (last && screen.queryAllByTestId(idOf(last)).length > 0) await act(user, last, BRIEF);
          try {
            await waitFor(
              () => {
                expect(asked(platform, call)).toBeGreaterThan(before);
                expect(refusals().filter((each) => !isToast(each))).toHaveLength(0);
              },
              { timeout: BRIEF },
            );
          } catch {
            wrong.push(`${call}: cannot be tried again`);
          }
        } catch {
          wrong.push(`${call}: no error is shown`);
        }
        cleanup();
      }
      expect(wrong).toEqual([]);
    }, 120_000);
  });
}
