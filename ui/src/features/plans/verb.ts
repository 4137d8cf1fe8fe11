import type { TFunction } from "i18next";
import type { PlanRequest } from "../../api/types";

/** The text of the button that runs a plan: the plan's verb. */
export function planVerb(t: TFunction, { change }: PlanRequest): string {
  return t(`plans.verb.${change}`);
}
