import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { keys } from "../../api/keys";
import type { RunState } from "../../api/types";

const PAUSE = 500;

/** Reads the visible windows of a run's images again when the run has changed, at most twice a second. */
export function useFreshImages(run: string, version: number, state: RunState): void {
  const client = useQueryClient();
  const seen = useRef({ version, state, at: 0 });
  useEffect(() => {
    if (seen.current.version === version && seen.current.state === state) return;
    const wait = Math.max(0, seen.current.at + PAUSE - Date.now());
    const timer = setTimeout(() => {
      seen.current = { version, state, at: Date.now() };
      void client.invalidateQueries({ queryKey: keys.runImages(run) });
    }, wait);
    return () => clearTimeout(timer);
  }, [client, run, version, state]);
}
