import type {
  Account,
  AccountKey,
  EngineRuleView,
  GrantPermit,
  Guard,
  Permit,
  PermitKey,
  SetGuard,
  UnlockAccount,
} from "../api/types";
import { apiError, type Handlers } from "../platform/fake";
import { demoEngineRules } from "./demoEngine";
import { prod, prodWest } from "./demoWorld";

const DAY = 86_400_000;
const at = (left: number) => new Date(Date.now() + left).toISOString();

/** What protects the demo's production account; it is locked. */
export function demoGuard(more: Partial<Guard> = {}): Guard {
  const { space, id, name } = prod;
  const accounts = [{ space, id, name, unlockedUntil: null }];
  return { readOnly: false, sandbox: true, accounts, permits: [], ...more };
}

/** The same while the account is unlocked. */
export function unlockedGuard(minutes = 20): Guard {
  const guard = demoGuard();
  return {
    ...guard,
    accounts: guard.accounts.map((each) => ({ ...each, unlockedUntil: at(minutes * 60_000) })),
  };
}

/** A permit of the demo's scheduled rule, granted yesterday. */
export function demoPermit(more: Partial<Permit> = {}): Permit {
  return {
    id: "permit-1",
    rule: "Releases to Prod",
    ruleHash: "aa",
    registry: prodWest,
    granted: at(-DAY),
    until: at(30 * DAY),
    ...more,
  };
}

/** A rule that writes to production on a schedule. */
export function scheduledRule(more: Partial<EngineRuleView> = {}): EngineRuleView {
  const [rule] = demoEngineRules();
  if (!rule) throw new Error("the demo has no engine rule");
  const place = { text: "444455556666/us-west-2", label: "Prod / us-west-2", registry: prodWest };
  return { ...rule, destinations: [place], ...more };
}

/** The calls about what protects production. */
export function guardHandlers(start: Guard, accounts: () => readonly Account[]): Handlers {
  let guard = start;
  const set = (more: Partial<Guard>) => {
    guard = { ...guard, ...more };
    return guard;
  };
  const until = (id: string, unlockedUntil: string | null) =>
    set({ accounts: guard.accounts.map((each) => (each.id === id ? { ...each, unlockedUntil } : each)) });
  const confirmed = (id: string, typed: string) => {
    const name = accounts().find((each) => each.id === id)?.name ?? "";
    if (typed.toLowerCase() !== name.toLowerCase()) {
      throw apiError("confirmation-needed", `Type ${name} to confirm.`, { field: "confirm" });
    }
  };
  return {
    guard: () => guard,
    set_guard: (request: SetGuard) => set(request),
    unlock_account: ({ id, confirm, minutes }: UnlockAccount) => {
      confirmed(id, confirm);
      return until(id, at(minutes * 60_000));
    },
    lock_account: ({ id }: AccountKey) => until(id, null),
    grant_permit: ({ registry, days, confirm }: GrantPermit) => {
      confirmed(registry.account, confirm);
      const permit = demoPermit({ id: "permit-2", registry, granted: at(0), until: at(days * DAY) });
      return set({ permits: [...guard.permits, permit] });
    },
    revoke_permit: ({ id }: PermitKey) => set({ permits: guard.permits.filter((each) => each.id !== id) }),
  };
}
