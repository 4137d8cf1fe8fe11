import type { AppEvent } from "../api/types";

/** The interface of the window's host. The real one is Tauri; tests use one in memory. */
export interface Platform {
  /** Calls a command of the application. Rejects with the application's error. */
  call(command: string, args: Record<string, unknown>): Promise<unknown>;
  /** Subscribes to events, which begin with a snapshot. Returns a function to unsubscribe. */
  subscribe(onEvent: (event: AppEvent) => void): () => void;
  /** Ends the application, even during a run. */
  quit(): Promise<void>;
}
