import { useBlocker } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { ConfirmDialog } from "../../components/ConfirmDialog";

const POPUPS = '[role="listbox"], [role="menu"], [role="dialog"], [role="alertdialog"]';

// A toast counts as a dialog too, but Esc is not meant for it.
function popupIsOpen(): boolean {
  return [...document.querySelectorAll(POPUPS)].some((each) => !each.closest('[data-testid="toasts"]'));
}

/** Leaves a page on Esc, and asks first when entries would be lost, on any way out. */
export function LeaveGuard({
  dirty,
  onLeave,
  title,
  text,
  action,
}: {
  dirty: boolean;
  onLeave: () => void;
  title: string;
  text: string;
  action: string;
}) {
  const blocker = useBlocker({
    shouldBlockFn: () => dirty,
    // Closing the window is asked about by the application, and only when something runs.
    enableBeforeUnload: false,
    withResolver: true,
  });
  const latest = useRef(onLeave);
  latest.current = onLeave;
  useEffect(() => {
    const leave = (event: KeyboardEvent) => {
      // Esc closes what is open above the page first.
      if (event.key === "Escape" && !popupIsOpen()) latest.current();
    };
    document.addEventListener("keydown", leave, true);
    return () => document.removeEventListener("keydown", leave, true);
  }, []);
  return (
    <ConfirmDialog
      open={blocker.status === "blocked"}
      title={title}
      action={action}
      onCancel={() => blocker.reset?.()}
      onConfirm={() => blocker.proceed?.()}
      danger
      data-testid="dialog-leave"
    >
      {text}
    </ConfirmDialog>
  );
}
