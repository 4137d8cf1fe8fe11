import { registryId } from "../../api/keys";
import type { EngineRuleView, Guard, Permit, RegistryKey } from "../../api/types";
import { guardedOf } from "../guard/guarded";

/** How much a permit is worth: a run was refused since, the rule was saved since, its time has ended. */
export type PermitState = "valid" | "changed" | "refused" | "ended";

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
    const works = permits.some(({ state }) => state === "valid" || state === "changed");
    return [{ registry, name: account.name, permits, needed: rule.schedule !== null && !works }];
  });
  const once = new Map(found.map((each) => [registryId(each.registry), each]));
  return [...once.values()].filter(({ permits }) => rule.schedule !== null || permits.length > 0);
}

function stateOf({ granted, until }: Permit, { last, changed }: EngineRuleView, now: number): PermitState {
  if (Date.parse(until) <= now) return "ended";
  const since = Date.parse(granted);
  if (last?.error?.code === "permit-needed" && Date.parse(last.at) > since) return "refused";
  return Date.parse(changed) > since ? "changed" : "valid";
}
