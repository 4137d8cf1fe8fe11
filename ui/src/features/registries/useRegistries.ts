import { useMemo } from "react";
import type { RegistryKey } from "../../api/types";
import { useScope } from "../frame/scope";

/** Every registry of the space, whatever the window's scope is limited to, and the one to begin with. */
export function useRegistries(): { registries: RegistryKey[]; first: RegistryKey | null } {
  const { accounts, space, registry } = useScope();
  const registries = useMemo(
    () => accounts.flatMap(({ id, regions }) => regions.map((region) => ({ space, account: id, region }))),
    [accounts, space],
  );
  return { registries, first: registry ?? registries[0] ?? null };
}
