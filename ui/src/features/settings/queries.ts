import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/client";
import { keys } from "../../api/keys";
import type { AccountKey, NetworkView, SandboxSettings, Settings } from "../../api/types";

/** The Regions of an account. Asked each time, because a sign-in in the meantime may solve a problem. */
export function useAccountRegions(account: AccountKey) {
  return useQuery({
    queryKey: keys.accountRegions(account),
    queryFn: () => api.accountRegions(account),
    staleTime: 0,
  });
}

/** What is forgotten with an account. Asked each time, because it depends on the other accounts. */
export function useAccountRemoval({ space, id }: AccountKey) {
  const account = { space, id };
  return useQuery({
    queryKey: keys.accountRemoval(account),
    queryFn: () => api.accountRemoval(account),
    staleTime: 0,
  });
}

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

/** How the application reaches the network. */
export function useNetworkSettings() {
  return useQuery({ queryKey: keys.networkSettings, queryFn: api.networkSettings });
}

/** Changes how the application reaches the network, from its next start on. */
export function useSetNetworkSettings() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: api.setNetworkSettings,
    onSuccess: (view: NetworkView) => client.setQueryData(keys.networkSettings, view),
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

/** The Regions in a typed list. */
export function splitRegions(text: string): string[] {
  return text.split(/[\s,;]+/).filter(Boolean);
}
