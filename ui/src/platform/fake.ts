import type { ApiError, AppEvent } from "../api/types";
import type { Platform } from "./platform";

/** Responses of a fake application: one for each command, given the request. */
export type Handlers = Record<string, (request: never) => unknown>;

/** A host in memory. */
export interface FakePlatform extends Platform {
  /** Every call so far, oldest first. */
  readonly calls: { command: string; request: unknown }[];
  /** Sends an event to all who listen. */
  emit(event: AppEvent): void;
}

/** Makes a host that responds from `handlers`; a command without a handler fails as unknown. */
export function fakePlatform(handlers: Handlers): FakePlatform {
  const listeners = new Set<(event: AppEvent) => void>();
  const calls: { command: string; request: unknown }[] = [];
  return {
    calls,
    async call(command, args) {
      calls.push({ command, request: args.request });
      const handler = handlers[command];
      if (!handler) throw apiError("unknown-command", `There is no command ${command}.`);
      return structuredClone(await handler(args.request as never));
    },
    subscribe(onEvent) {
      listeners.add(onEvent);
      onEvent({ event: "snapshot", runs: [] });
      return () => listeners.delete(onEvent);
    },
    async quit() {
      calls.push({ command: "quit", request: undefined });
    },
    emit(event) {
      for (const listener of listeners) listener(event);
    },
  };
}

/** An error as the application sends it. */
export function apiError(code: string, message: string, more: Partial<ApiError> = {}): ApiError {
  return { code, message, hint: null, side: "thisMachine", field: null, ...more };
}
