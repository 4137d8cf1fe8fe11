import { useCallback } from "react";
import type { RegistryKey } from "../../api/types";
import { useKnownAccounts } from "../frame/scope";

/** A registry in words, for names that assistive technology reads. */
export function usePlaceName(): (registry: RegistryKey) => string {
  const accounts = useKnownAccounts();
  return useCallback(
    ({ space, account, region }) => {
      const known = accounts.find((each) => each.space === space && each.id === account);
      return `${known?.name ?? account} / ${region}`;
    },
    [accounts],
  );
}
