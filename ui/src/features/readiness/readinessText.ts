import type { CheckOutcome, ReadinessCheck, RuleReadiness } from "../../api/types";
import type { Status } from "../../components/Badge";
import { type Group, groupsBy, type NameOf, withoutRegistry } from "../findings/groups";

/** How a check's outcome looks. */
export const looks: Record<CheckOutcome, Status> = {
  failed: "failed",
  warning: "warning",
  unknown: "unknown",
  ok: "complete",
};

/** The outcomes that need attention, worst first. */
const OPEN = ["failed", "warning", "unknown"] as const satisfies readonly CheckOutcome[];

/** The checks that need attention, worst first. */
export function openChecks(checks: readonly ReadinessCheck[]): ReadinessCheck[] {
  return OPEN.flatMap((outcome) => checks.filter((check) => check.outcome === outcome));
}

/** Checks that found the same in several registries, once for all of them. */
export function groupChecks(checks: readonly ReadinessCheck[], nameOf: NameOf): Group<ReadinessCheck>[] {
  return groupsBy(
    checks,
    ({ id, outcome, place, registry, text, fix }) =>
      JSON.stringify([id, outcome, place, withoutRegistry(text, registry, nameOf), fix?.kind]),
    ({ registry }) => registry,
  );
}

/** How many checks have an outcome. */
export function countOf(checks: readonly ReadinessCheck[], outcome: CheckOutcome): number {
  return checks.filter((check) => check.outcome === outcome).length;
}

type Summary = "failed" | "notKnown" | "warned" | "partlyKnown" | "ready";

/** The state of a rule in a word. What is not known is never called ready without saying so. */
export function summaryOf({ ready, checks }: RuleReadiness): Summary {
  if (countOf(checks, "failed") > 0) return "failed";
  if (!ready) return "notKnown";
  if (countOf(checks, "warning") > 0) return "warned";
  return countOf(checks, "unknown") > 0 ? "partlyKnown" : "ready";
}

const ORDER: readonly Summary[] = ["failed", "notKnown", "warned", "partlyKnown", "ready"];

/** The rules, those that need attention first. */
export function worstFirst(rules: readonly RuleReadiness[]): RuleReadiness[] {
  return rules.toSorted((a, b) => ORDER.indexOf(summaryOf(a)) - ORDER.indexOf(summaryOf(b)));
}

/** How a rule's state looks. */
export const summaryLooks: Record<Summary, Status> = {
  failed: "failed",
  notKnown: "unknown",
  warned: "warning",
  partlyKnown: "unknown",
  ready: "complete",
};
