import type { PlanView } from "../../api/types";
import { isConfirmed, startsLike } from "../../components/ConfirmDialog";

type Asked = Pick<PlanView, "confirm" | "production">;

const namesIn = (typed: string) => typed.split(",").map((name) => name.trim());

/** Whether a plan is confirmed: by the text that it asks for, or by the names of all its production accounts. */
export function isPlanConfirmed(typed: string, { confirm, production = [] }: Asked): boolean {
  if (!confirm || isConfirmed(typed, confirm)) return true;
  const names = namesIn(typed);
  return (
    production.length > 0 && production.every((wanted) => names.some((name) => isConfirmed(name, wanted)))
  );
}

/** Whether a text can still become one that confirms the plan: names in any order, the last one not complete. */
export function mayConfirm(typed: string, { confirm, production = [] }: Asked): boolean {
  if (!confirm || startsLike(confirm, typed)) return true;
  const names = namesIn(typed);
  const last = names.pop() ?? "";
  return (
    names.every((name) => production.some((wanted) => isConfirmed(name, wanted))) &&
    production.some((wanted) => startsLike(wanted, last))
  );
}
