import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/client";
import { toApiError } from "../../api/errors";
import { keys } from "../../api/keys";
import type { EngineRuleView, OtherRegistry, Space } from "../../api/types";
import { showToast } from "../../components/Toaster";

/** Every engine rule of a space. */
export function useEngineRules(space: Space, enabled = true) {
  return useQuery({
    queryKey: [...keys.engineRules, space],
    queryFn: () => api.engineRules({ space, account: null, region: null }),
    enabled,
  });
}

/** Registries that a rule of a space can name. */
export function useEnginePlaces(space: Space) {
  return useQuery({
    queryKey: [...keys.enginePlaces, space],
    queryFn: () => api.enginePlaces({ space, account: null, region: null }),
  });
}

/** Registries outside ECR for which the app stores settings. */
export function useOtherRegistries() {
  return useQuery({ queryKey: keys.otherRegistries, queryFn: api.otherRegistries });
}

/** The response to a change of those registries: all of them, in their new state. */
export function useShowRegistries() {
  const client = useQueryClient();
  return (registries: OtherRegistry[]) => {
    client.setQueryData(keys.otherRegistries, registries);
    void client.invalidateQueries({ queryKey: keys.enginePlaces });
  };
}

/** Forgets a registry outside ECR, and its password. */
export function useRemoveRegistry(onDone: () => void) {
  const show = useShowRegistries();
  return useMutation({
    mutationFn: api.removeRegistry,
    onSuccess: (registries) => {
      show(registries);
      onDone();
    },
  });
}

/** Switches a rule's schedule off or on. */
export function usePauseRule(rule: EngineRuleView) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (paused: boolean) => api.pauseEngineRule({ rule: rule.id, paused }),
    onSuccess: () => void client.invalidateQueries({ queryKey: keys.engineRules }),
    onError: (error) => showToast({ kind: "error", title: toApiError(error).message }),
  });
}
