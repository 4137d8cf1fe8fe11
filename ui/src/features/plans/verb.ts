import type { TFunction } from "i18next";
import type { PlanRequest } from "../../api/types";

/** The text of the button that runs a plan: the plan's verb. */
export function planVerb(t: TFunction, request: PlanRequest): string {
  const { change } = request;
  // The change of a template is its creation, from the one that was opened.
  if (change === "putTemplate" && request.base !== undefined) return t("templates.save");
  if (change === "iam") return t(`iam.verb.${request.iam.act}`);
  return t(`plans.verb.${change}`);
}
