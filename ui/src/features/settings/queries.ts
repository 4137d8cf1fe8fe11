import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/client";
import { keys } from "../../api/keys";
import type { Account, SandboxSettings, Settings } from "../../api/types";

/** Settings of the sandbox. */
export function useSandboxSettings() {
  return useQuery({ queryKey: keys.sandboxSettings, queryFn: api.sandboxSettings });
}

/** Changes settings of the sandbox. */
export function useSetSandboxSettings() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: api.setSandboxSettings,
    onSuccess: (settings: SandboxSettings) => client.setQueryData(keys.sandboxSettings, settings),
  });
}

/** Changes settings of the application; shown immediately, reverted when saving fails. */
export function useSetSettings() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: api.setSettings,
    onMutate: (settings: Settings) => {
      const before = client.getQueryData<Settings>(keys.settings);
      client.setQueryData(keys.settings, settings);
      return before;
    },
    onError: (_error, _settings, before) => client.setQueryData(keys.settings, before),
  });
}

/** Reads all account data again. */
export function useAccountsChanged() {
  const client = useQueryClient();
  return async () => {
    await Promise.all(
      [keys.accounts, keys.profiles, keys.status, keys.overview].map((queryKey) =>
        client.invalidateQueries({ queryKey }),
      ),
    );
  };
}

/** A change of accounts or of the sandbox: all account data is read again. */
export function useAccountChange<Request, Response>(
  change: (request: Request) => Promise<Response>,
  onDone?: (response: Response) => void,
) {
  const changed = useAccountsChanged();
  return useMutation<Response, unknown, Request>({
    mutationFn: change,
    onSuccess: async (response) => {
      await changed();
      onDone?.(response);
    },
  });
}

/** The Regions in a typed list. */
export function splitRegions(text: string): string[] {
  return text.split(/[\s,;]+/).filter(Boolean);
}

/** Sends an account to the application. */
export function accountKey({ space, id }: Account) {
  return { space, id };
}
