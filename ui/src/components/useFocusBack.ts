import { useEffect, useRef } from "react";

/** Elements that may get the focus back, the nearest first. */
type Openers = readonly Element[];

/** Of the dialogs that are open, the last one opened last. A plan replaces the form that it was made from. */
const open: Openers[] = [];

/** Returns the focus to the element that had it before a dialog opened, also when the dialog is unmounted. */
export function useFocusBack(isOpen: boolean) {
  const openers = useRef<Openers>([]);
  const wasOpen = useRef(false);
  // Read during rendering: afterwards the dialog itself has the focus.
  if (isOpen && !wasOpen.current)
    openers.current = [...lasting(document.activeElement), ...(open.at(-1) ?? [])];
  wasOpen.current = isOpen;
  useEffect(() => {
    if (!isOpen) return;
    const own = openers.current;
    open.push(own);
    return () => {
      open.splice(open.indexOf(own), 1);
      requestAnimationFrame(() => {
        const lost = document.activeElement === null || document.activeElement === document.body;
        if (lost) [...own, ...content()].find(canFocus)?.focus();
      });
    };
  }, [isOpen]);
}

/** The item of a menu is gone once its dialog is open; the button of the menu stays. */
function lasting(element: Element | null): Openers {
  if (element === null || element === document.body) return [];
  const menu = element.closest("[role=menu]");
  const button = menu && document.getElementById(menu.getAttribute("aria-labelledby") ?? "");
  return menu ? (button ? [button] : []) : [element];
}

/** What is on the screen, where everything that led to the dialog is gone, such as a deleted repository. */
function content(): Openers {
  const main = document.querySelector("main");
  return main ? [main] : [];
}

function canFocus(element: Element): element is HTMLElement {
  return element instanceof HTMLElement && element.isConnected && !element.matches(":disabled");
}
