import { useEffect, useRef } from "react";

/** Returns the focus to the element that had it before a dialog opened, also when the dialog is unmounted. */
export function useFocusBack(open: boolean) {
  const opener = useRef<Element | null>(null);
  const wasOpen = useRef(false);
  // Read during rendering: afterwards the dialog itself has the focus.
  if (open && !wasOpen.current) opener.current = lasting(document.activeElement);
  wasOpen.current = open;
  useEffect(() => {
    if (!open) return;
    return () => {
      const back = opener.current;
      requestAnimationFrame(() => {
        const lost = document.activeElement === null || document.activeElement === document.body;
        if (lost && back instanceof HTMLElement && back.isConnected) back.focus();
      });
    };
  }, [open]);
}

/** The item of a menu is gone once its dialog is open; the button of the menu stays. */
function lasting(element: Element | null): Element | null {
  const menu = element?.closest("[role=menu]");
  return menu ? document.getElementById(menu.getAttribute("aria-labelledby") ?? "") : element;
}
