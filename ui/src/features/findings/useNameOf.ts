import { useMemo } from "react";
import type { RegistryKey } from "../../api/types";
import { useKnownAccounts } from "../frame/scope";
import type { NameOf } from "./groups";

/** Names the accounts that the app knows. */
export function useNameOf(): NameOf {
  const accounts = useKnownAccounts();
  return useMemo(() => {
    const key = (space: string, id: string) => `${space} ${id}`;
    const names = new Map(accounts.map(({ space, id, name }) => [key(space, id), name]));
    return ({ space, account }: RegistryKey) => names.get(key(space, account));
  }, [accounts]);
}
