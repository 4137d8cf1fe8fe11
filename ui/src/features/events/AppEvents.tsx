import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "../../api/keys";
import type { RunView } from "../../api/types";
import { ConfirmDialog } from "../../components/ConfirmDialog";
import { showToast } from "../../components/Toaster";
import { quit, subscribe } from "../../platform";
import { useRunDrawer } from "../frame/runDrawer";
import { applyEvent, hasEnded } from "./applyEvent";

/** Listens to the application: keeps the shown data fresh and announces ended runs. */
export function AppEvents({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const { t } = useTranslation();
  const drawer = useRunDrawer();
  const [closing, setClosing] = useState<number | null>(null);
  const told = useRef(new Set<string>());

  useEffect(
    () =>
      subscribe((event) => {
        applyEvent(client, event);
        if (event.event === "run" && hasEnded(event.run.state)) {
          told.current.add(event.run.title);
          announce(event.run, t, () => drawer.show(event.run.id));
        }
        // A run's end also arrives as a desktop notice; the window announces it only once.
        if (event.event === "notice" && !told.current.delete(event.title)) {
          showToast({ id: toastId(event.title), kind: "info", title: event.title, text: event.text });
        }
        if (event.event === "closeRequested") setClosing(event.runs);
      }),
    [client, t, drawer],
  );

  return (
    <>
      {children}
      <ConfirmDialog
        open={closing !== null}
        onCancel={() => setClosing(null)}
        onConfirm={() => void quit()}
        title={t("frame.close.title")}
        action={t("frame.close.quit")}
        danger
        data-testid="dialog-quit"
      >
        {t("frame.close.text", { count: closing ?? 0 })}
      </ConfirmDialog>
    </>
  );
}

// Keyed by title, so that the run's message replaces an earlier notice.
const toastId = (title: string) => `event-${title}`;

function announce(run: RunView, t: TFunction, show: () => void) {
  const { title } = run;
  // Replaces the toast for its start.
  const id = `run-${run.id}`;
  const action = { label: t("plans.show"), onClick: show };
  if (run.state === "failed") {
    const text = run.error?.message;
    showToast({ id, kind: "error", title: t("plans.failed", { title }), ...(text ? { text } : {}), action });
  } else if (run.state === "cancelled") {
    showToast({ id, kind: "info", title: t("plans.cancelled", { title }), action });
  } else if (run.state === "interrupted") {
    showToast({ id, kind: "info", title: t("plans.interrupted", { title }), action });
  } else {
    showToast({ id, kind: "success", title: t("plans.done", { title }), action });
  }
}

/** Current runs, newest first. */
export function useActiveRuns(): RunView[] {
  // Only events write them; the query is just their storage.
  const { data } = useQuery<RunView[]>({ queryKey: keys.activeRuns, queryFn: () => [], enabled: false });
  return data ?? [];
}
