import { useRef, useState } from "react";
import { api } from "../../../api/client";
import { toApiError } from "../../../api/errors";
import type { Account, ApiError } from "../../../api/types";
import { useAccountsChanged } from "../../frame/accountChanges";
import { useKnownAccounts } from "../../frame/scope";
import { sessionOf } from "../../signin/sessions";
import { useAccess } from "../../signin/useAccess";
import type { ImportRow } from "./importRows";

/** What became of a row. */
export type Imported =
  | { state: "connecting" }
  | { state: "connected"; account: Account }
  | { state: "failed"; error: ApiError };

/** Connects accounts one after another; one that fails does not stop the others. */
export function useImport() {
  const access = useAccess();
  const accounts = useKnownAccounts();
  const changed = useAccountsChanged();
  const stopped = useRef(false);
  const [running, setRunning] = useState(false);
  const [results, setResults] = useState<Readonly<Record<string, Imported>>>({});
  const connect = async ({ credentials, as, mfaSerial }: ImportRow, regions: string[]): Promise<Imported> => {
    // What is not said is chosen by the application: the profile's name and Region, a guessed environment.
    const request = { credentials, name: as, environment: null, colour: null, regions };
    const asking = { serial: mfaSerial, session: sessionOf(credentials, accounts) };
    try {
      return { state: "connected", account: await access.run(() => api.connectAccount(request), asking) };
    } catch (error) {
      return { state: "failed", error: toApiError(error) };
    }
  };
  return {
    running,
    results,
    dialog: access.dialog,
    /** Returns whether an account was connected. */
    start: async (rows: readonly ImportRow[], regions: string[] = []): Promise<boolean> => {
      stopped.current = false;
      setRunning(true);
      let connected = false;
      for (const row of rows) {
        if (stopped.current) break;
        setResults((old) => ({ ...old, [row.id]: { state: "connecting" } }));
        const result = await connect(row, regions);
        setResults((old) => ({ ...old, [row.id]: result }));
        connected ||= result.state === "connected";
      }
      if (connected) await changed();
      setRunning(false);
      return connected;
    },
    /** Connects no more accounts after the current one. */
    stop: () => {
      stopped.current = true;
    },
  };
}
