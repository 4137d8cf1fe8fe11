import { useState } from "react";
import { api } from "../../api/client";
import type { GuardedAccount, PlanView } from "../../api/types";
import { isConfirmed } from "../../components/ConfirmDialog";
import { isUnlocked, type Minutes, refusalOf } from "../guard/guarded";
import { useGuard, useGuardChange } from "../guard/queries";
import { isPlanConfirmed } from "./confirmed";
import { planRegistries } from "./planRegistries";

/** What protects the accounts that a plan changes, and what a person enters to change them anyway. */
export interface PlanGuard {
  readOnly: boolean;
  /** Accounts that must be unlocked before the plan runs. */
  locked: GuardedAccount[];
  /** Those whose name the plan does not ask for. */
  unnamed: GuardedAccount[];
  minutes: Minutes;
  setMinutes: (minutes: Minutes) => void;
  /** Names as typed, by account id. */
  names: Readonly<Record<string, string>>;
  setName: (id: string, name: string) => void;
  /** Nothing is left to enter. */
  ready: boolean;
  /** Unlocks the accounts. */
  unlock: () => Promise<void>;
  /** Whether an error is about what is shown here. */
  explains: (error: unknown) => boolean;
}

/** What protects the accounts of a plan. `typed` is what the plan asks for; `refused` is how its run failed. */
export function usePlanGuard(plan: PlanView | undefined, typed: string, refused: unknown): PlanGuard {
  const { data: guard } = useGuard();
  const change = useGuardChange(api.unlockAccount);
  const [minutes, setMinutes] = useState<Minutes>(30);
  const [names, setNames] = useState<Readonly<Record<string, string>>>({});
  const refusal = refusalOf(refused);
  const changes = plan ? reached(plan) : new Set<string>();
  const locked = (guard?.accounts ?? []).filter(
    (account) =>
      account.space === plan?.space &&
      !isUnlocked(account) &&
      (changes.has(account.id) || refusal?.id === account.id),
  );
  // What the plan asks for may be the names of several accounts.
  const named = plan?.production ?? (plan?.confirm ? [plan.confirm] : []);
  const confirmed = Boolean(plan?.confirm && isPlanConfirmed(typed, plan));
  const isNamed = ({ name }: GuardedAccount) => named.includes(name);
  const nameOf = (account: GuardedAccount) => {
    if (!isNamed(account)) return names[account.id] ?? "";
    return confirmed ? account.name : "";
  };
  const readOnly = guard?.readOnly ?? false;
  return {
    readOnly,
    locked,
    unnamed: locked.filter((account) => !isNamed(account)),
    minutes,
    setMinutes,
    names,
    setName: (id, name) => setNames((old) => ({ ...old, [id]: name })),
    ready: !readOnly && locked.every((account) => isConfirmed(nameOf(account), account.name)),
    unlock: async () => {
      for (const account of locked) {
        const { space, id } = account;
        await change.mutateAsync({ space, id, confirm: nameOf(account).trim(), minutes });
      }
    },
    explains: (error) => {
      const found = refusalOf(error);
      return found?.code === "read-only-mode" ? readOnly : locked.some(({ id }) => id === found?.id);
    },
  };
}

// A plan that changes a protected account asks for a name; without one, its steps there only read.
function reached(plan: PlanView): Set<string> {
  return new Set(plan.confirm === null ? [] : planRegistries(plan).map(({ account }) => account));
}
