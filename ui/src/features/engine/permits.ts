import { registryId } from "../../api/keys";
import type { EngineRuleView, Guard, Permit, RegistryKey } from "../../api/types";
import { guardedOf } from "../guard/guarded";

/** Whether a permit applies: it was granted to the rule as it is now, and has not expired. */
export type PermitState = "valid" | "changed" | "ended";

/** A production registry that a schedule writes to, with the permits of the rule for it. */
export interface Destination {
  registry: RegistryKey;
  name: string;
  permits: { permit: Permit; state: PermitState }[];
  /** The next scheduled run is refused. */
  needed: boolean;
}

/** The protected registries that a rule writes to, each once. Only a rule with a schedule needs permits. */
export function protectedDestinations(
  rule: EngineRuleView,
  guard: Guard | undefined,
  now = Date.now(),
): Destination[] {
  const found = rule.destinations.flatMap(({ registry }): Destination[] => {
    const account = registry && guardedOf(guard, registry);
    if (!registry || !account) return [];
    const permits = (guard?.permits ?? [])
      .filter((each) => each.rule === rule.name && registryId(each.registry) === registryId(registry))
      .map((permit) => ({ permit, state: stateOf(permit, rule, now) }));
    const works = permits.some(({ state }) => state === "valid");
    return [{ registry, name: account.name, permits, needed: rule.schedule !== null && !works }];
  });
  const once = new Map(found.map((each) => [registryId(each.registry), each]));
  return [...once.values()].filter(({ permits }) => rule.schedule !== null || permits.length > 0);
}

function stateOf({ ruleHash, until }: Permit, { hash }: EngineRuleView, now: number): PermitState {
  if (Date.parse(until) <= now) return "ended";
  return ruleHash === hash ? "valid" : "changed";
}
