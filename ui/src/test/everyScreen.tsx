import axe, { type RunOptions } from "axe-core";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import page from "../../index.html?raw";
import { renderApp } from "./renderApp";
import { type Action, act, type Scene } from "./scene";
import { scenes } from "./scenes";
import { settled } from "./settled";

const WORST: ReadonlySet<string | null | undefined> = new Set(["serious", "critical"]);

const NAMES = "label-content-name-mismatch";
/** Rules that are kept although axe does not call a breach of them serious, or leaves them out at first. */
const ALSO = ["heading-order", NAMES];

/** Prepares a file that looks for violations. */
export function prepare() {
  // The document is the window's own.
  beforeAll(() => {
    const { documentElement, title } = new DOMParser().parseFromString(page, "text/html");
    document.documentElement.lang = documentElement.lang;
    document.title = title;
  });
  // What axe asks a browser that draws: whether letters are an icon font's, and what covers the window.
  beforeEach(() => {
    vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue({ canvas: {} } as never);
    document.elementsFromPoint = () => [];
  });
}

const options: RunOptions & { checks: object } = {
  resultTypes: ["violations"],
  // Nothing is drawn here, so that there are no colours.
  rules: { "color-contrast": { enabled: false }, [NAMES]: { enabled: true } },
  checks: { [NAMES]: { options: { occurrenceThreshold: 0 } } },
};

/** Elements around a popup that hand the focus on at once. */
const GUARDS = "[data-base-ui-focus-guard]";

/** What axe finds in what is on top: the dialog that is open, or the whole window. */
export async function violations(exclude: string[] = []): Promise<string[]> {
  const dialog = [...document.querySelectorAll("[role=dialog], [role=alertdialog]")].find(
    (each) => !each.closest("[data-testid=toasts]"),
  );
  const found = await axe.run(
    { include: dialog ?? document.documentElement, exclude: [GUARDS, ...exclude] },
    options,
  );
  const wrong = found.violations.filter(({ id, impact }) => WORST.has(impact) || ALSO.includes(id));
  // A rule that could not be applied has found nothing.
  const failed = found.incomplete.filter(({ nodes }) =>
    nodes.some(({ none }) => none.some(({ id }) => id === "error-occurred")),
  );
  return [...wrong, ...failed].flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html.slice(0, 200)}`),
  );
}

/** Everything that is written on the screen, in fields and in hints too. */
function written(): string[] {
  return [...document.querySelectorAll("*")].flatMap((element) => [
    ...[...element.childNodes].flatMap((node) => (node instanceof Text ? [node.data] : [])),
    ...["title", "aria-label"].flatMap((name) => element.getAttribute(name) ?? []),
    ...(element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement ? [element.value] : []),
  ]);
}

const TAKES_AWAY = /^(Clean up|Delete|Discard|Erase|Forget|Remove)(\s\S+){0,2}$/;

/**
 * Actions that take something away and are the first to be seen where there are others: as the primary one,
 * or before others of which none is primary. A dialog that was opened to take something away may end in such
 * an action.
 */
function prominent(): string[] {
  const actions = (of: Element) => [...of.querySelectorAll(":scope > :is(button, a, [role^=menuitem])")];
  return [...document.querySelectorAll("button, [role^=menuitem]")].flatMap((action) => {
    const text = action.textContent.trim();
    if (!TAKES_AWAY.test(text) || action.closest("[role=dialog], [role=alertdialog]")) return [];
    const beside = action.parentElement ? actions(action.parentElement) : [];
    const others = beside.filter((each) => !TAKES_AWAY.test(each.textContent.trim()));
    const later = others.filter((each) => action.compareDocumentPosition(each) & 4);
    const primary = beside.find((each) => each.className.includes("primary"));
    return primary === action || (!primary && later.length > 0) ? [text] : [];
  });
}

// The way to many dialogs begins on the same screen, which is looked at once.
const seen = new Set<string>();

async function look({ address, options: demo, actions = [], exclude = [] }: Scene & { exclude?: string[] }) {
  const { user } = renderApp(address, demo?.());
  const wrong: string[] = [];
  const ofAws: string[] = [];
  const first: string[] = [];
  const steps: (Action | null)[] = [null, ...actions];
  for (const [index, action] of steps.entries()) {
    if (action) await act(user, action);
    const way = JSON.stringify([address, String(demo), actions.slice(0, index)]);
    // Also what was looked at before has to be complete before the next action.
    await settled();
    if (seen.has(way)) continue;
    seen.add(way);
    wrong.push(...(await violations(exclude)));
    ofAws.push(...written().filter((text) => text.includes(".amazonaws.")));
    first.push(...prominent());
  }
  return { wrong, ofAws, first };
}

/** What opens on a screen without being a dialog. */
const opened: Record<string, Scene & { exclude?: string[] }> = {
  "the menu of spaces": { address: "/overview", actions: ["space-switch"] },
  "the menu of a rule": { address: "/replication", actions: ["rule-actions"] },
  "the menu of accounts": { address: "/overview", actions: ["scope-account-switch"] },
  "the menu of an image": { address: scenes.repository?.address ?? "", actions: ["image-actions-21"] },
  "a picker of registries": { address: "/replication", actions: ["registry-picker"] },
  "a list of choices": {
    address: "/settings?connect=true",
    actions: ["connect-way-key", "account-environment"],
  },
  "suggested registries": {
    address: scenes["the engine wizard"]?.address ?? "",
    actions: ["engine-destination-0"],
    // All the rest is hidden while the list is open, which closes before anything else has the focus.
    exclude: ["[aria-hidden=true]"],
  },
};

/** How many files the screens are divided into, which are tested side by side. */
const SHARDS = 4;

/** The screens of a shard. Those of one address stay together: the way to them is looked at once. */
function shard(number: number) {
  const all = Object.entries({ ...scenes, ...opened });
  const addresses = [...new Set(all.map(([, { address }]) => address))];
  return all.filter(([, { address }]) => addresses.indexOf(address) % SHARDS === number);
}

/** Tests every screen and dialog of a shard. */
export function lookAtScreens(number: number) {
  prepare();
  describe.each(shard(number))("%s", (_, scene) => {
    it("can be used with a screen reader, names no address of AWS, and removes nothing first", async () => {
      const { wrong, ofAws, first } = await look(scene);
      expect.soft(wrong).toEqual([]);
      expect.soft(ofAws).toEqual([]);
      expect.soft(first).toEqual([]);
    }, 60_000);
  });
}
