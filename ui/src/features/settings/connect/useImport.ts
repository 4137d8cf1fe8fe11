import { useRef, useState } from "react";
import { api } from "../../../api/client";
import { toApiError } from "../../../api/errors";
import type { Account, ApiError } from "../../../api/types";
import { useMfa } from "../../frame/mfa";
import { useAccountsChanged } from "../queries";

/** What became of a profile. */
export type Imported =
  | { state: "connecting" }
  | { state: "connected"; account: Account }
  | { state: "failed"; error: ApiError };

/** Connects profiles one after another; one that fails does not stop the others. */
export function useImport() {
  const mfa = useMfa();
  const changed = useAccountsChanged();
  const stopped = useRef(false);
  const [running, setRunning] = useState(false);
  const [results, setResults] = useState<Readonly<Record<string, Imported>>>({});
  const connect = async (profile: string, serial: string | null): Promise<Imported> => {
    const credentials = { source: "profile", profile } as const;
    // What is not said is chosen by the application: the profile's name and Region, a guessed environment.
    const request = { credentials, name: null, environment: null, colour: null, regions: [] };
    try {
      return {
        state: "connected",
        account: await mfa.run(() => api.connectAccount(request), { serial }),
      };
    } catch (error) {
      return { state: "failed", error: toApiError(error) };
    }
  };
  return {
    running,
    results,
    dialog: mfa.dialog,
    /** Returns whether an account was connected. */
    start: async (profiles: readonly { name: string; mfaSerial: string | null }[]): Promise<boolean> => {
      stopped.current = false;
      setRunning(true);
      let connected = false;
      for (const { name, mfaSerial } of profiles) {
        if (stopped.current) break;
        setResults((old) => ({ ...old, [name]: { state: "connecting" } }));
        const result = await connect(name, mfaSerial);
        setResults((old) => ({ ...old, [name]: result }));
        connected ||= result.state === "connected";
      }
      if (connected) await changed();
      setRunning(false);
      return connected;
    },
    /** Connects no more profiles after the current one. */
    stop: () => {
      stopped.current = true;
    },
  };
}
