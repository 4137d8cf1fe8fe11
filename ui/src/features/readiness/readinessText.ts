import type { CheckOutcome, ReadinessCheck, RuleInput, RuleReadiness } from "../../api/types";
import type { Status } from "../../components/Badge";
import { type Group, groupsBy, type NameOf, withoutRegistry } from "../findings/groups";

/** The rule that checks are about: by its id, or as typed; `null` when the rules could not be read. */
export type ExaminedRule =
  | { id: string; planned?: undefined }
  | { id?: undefined; planned: RuleInput }
  | null;

/** How a check's outcome looks. */
export const looks: Record<CheckOutcome, Status> = {
  failed: "failed",
  warning: "warning",
  unknown: "unknown",
  stated: "skipped",
  ok: "complete",
};

/** The outcomes that are shown at once, worst first: those that need attention, and what was not seen. */
const OPEN = ["failed", "warning", "unknown", "stated"] as const satisfies readonly CheckOutcome[];

/** The checks that are shown at once, worst first. */
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

type Summary = "failed" | "notKnown" | "warned" | "partlyKnown" | "stated" | "ready";

/** The state of a rule in a word. What is not known is never called ready without saying so. */
export function summaryOf({ ready, checks }: RuleReadiness): Summary {
  if (countOf(checks, "failed") > 0) return "failed";
  if (!ready) return "notKnown";
  if (countOf(checks, "warning") > 0) return "warned";
  if (countOf(checks, "unknown") > 0) return "partlyKnown";
  return countOf(checks, "stated") > 0 ? "stated" : "ready";
}

const ORDER: readonly Summary[] = ["failed", "notKnown", "warned", "partlyKnown", "stated", "ready"];

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
  stated: "skipped",
  ready: "complete",
};
