import { createContext, type ReactNode, use, useCallback, useMemo, useState } from "react";
import type { Account, RegistryKey, Scope, Space } from "../../api/types";
import { useAccounts, useStatus } from "./queries";

/** The scope of the window: always a space, and an account and a Region if chosen. */
export interface ScopeControl {
  space: Space;
  account: string | null;
  region: string | null;
  /** In the application's format. */
  scope: Scope;
  /** The chosen registry, if both account and Region are chosen. */
  registry: RegistryKey | null;
  /** Accounts of the space. */
  accounts: Account[];
  set: (account: string | null, region: string | null) => void;
}

const ScopeContext = createContext<ScopeControl | null>(null);
// Separate from the scope, so that a component that only names an account does not render again when the scope changes.
const AccountsContext = createContext<readonly Account[]>([]);

/** Provides the scope to all screens. A choice that no longer exists counts as all. */
export function ScopeProvider({ children }: { children: ReactNode }) {
  const { data: status } = useStatus();
  const { data: all } = useAccounts();
  const [chosen, setChosen] = useState<{ account: string | null; region: string | null }>({
    account: null,
    region: null,
  });
  const set = useCallback(
    (account: string | null, region: string | null) => setChosen({ account, region }),
    [],
  );
  const space = status?.space ?? "sandbox";
  const value = useMemo(() => {
    const accounts = (all ?? []).filter((account) => account.space === space);
    const found = accounts.find((each) => each.id === chosen.account);
    const regions = found ? found.regions : accounts.flatMap((each) => each.regions);
    const account = found?.id ?? null;
    const region = chosen.region && regions.includes(chosen.region) ? chosen.region : null;
    return {
      space,
      account,
      region,
      scope: { space, account, region },
      registry: account && region ? { space, account, region } : null,
      accounts,
      set,
    };
  }, [all, space, chosen, set]);
  return (
    <AccountsContext value={all ?? none}>
      <ScopeContext value={value}>{children}</ScopeContext>
    </AccountsContext>
  );
}

const none: readonly Account[] = [];

/** Every account of every space that the app knows. */
export function useKnownAccounts(): readonly Account[] {
  return use(AccountsContext);
}

/** The account of a registry, if the app knows it. */
export function useAccountOf(registry: RegistryKey | null | undefined): Account | undefined {
  const accounts = useKnownAccounts();
  return accounts.find((each) => each.space === registry?.space && each.id === registry.account);
}

/** The scope and how to change it. */
export function useScope(): ScopeControl {
  const control = use(ScopeContext);
  if (!control) throw new Error("useScope outside of ScopeProvider");
  return control;
}

/** Every registry of the scope, in the order of accounts and their Regions. */
export function useScopeRegistries(): RegistryKey[] {
  const { accounts, space, account, region } = useScope();
  return useMemo(
    () =>
      accounts
        .filter((each) => account === null || each.id === account)
        .flatMap((each) =>
          each.regions
            .filter((name) => region === null || name === region)
            .map((name) => ({ space, account: each.id, region: name })),
        ),
    [accounts, space, account, region],
  );
}
