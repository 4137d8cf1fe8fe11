import type { TFunction } from "i18next";
import type { PlanRequest } from "../../api/types";

/** What the button that runs a plan says: the plan's verb. */
export function planVerb(t: TFunction, { change }: PlanRequest): string {
  return t(`plans.verb.${change}`);
}
