import type { PlanView, RegistryKey } from "../../api/types";

/** The registries that a plan's steps are about. */
export function planRegistries({ steps }: PlanView): RegistryKey[] {
  return steps.flatMap(({ registry }) => (registry ? [registry] : []));
}
