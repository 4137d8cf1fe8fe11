import type { CleanImages, CleanRule, CleanWay, RepositoryKey, UsageKind } from "../../api/types";
import { words } from "../permissions/statementForm";

const DAY = 86_400;

/** The sources that are asked unless they are left out. */
export const SOURCES = [
  "protected",
  "findings",
  "destinations",
  "runs",
  "stages",
] as const satisfies UsageKind[];

/** What becomes of the images. */
export const WAYS = ["delete", "archive", "quarantine"] as const satisfies CleanWay["kind"][];

/** The entries of the form. */
export interface Form {
  combine: "all" | "any";
  olderThan: string;
  notPulled: string;
  tags: string;
  untagged: boolean;
  superseded: boolean;
  keep: string;
  takeAlong: boolean;
  references: string;
  list: string;
  leaveOut: UsageKind[];
  way: CleanWay["kind"];
  quarantine: string;
}

export const EMPTY: Form = {
  combine: "all",
  olderThan: "",
  notPulled: "",
  tags: "",
  untagged: false,
  superseded: false,
  keep: "",
  takeAlong: false,
  references: "",
  list: "",
  leaveOut: [],
  way: "delete",
  quarantine: "quarantine",
};

const none: CleanRule = {
  olderThan: null,
  untagged: false,
  notPulled: null,
  tags: [],
  superseded: false,
  keep: null,
};

const days = (text: string) => (text === "" ? null : Number(text) * DAY);

/** The conditions, each as a rule of its own. */
function conditions(form: Form): Partial<CleanRule>[] {
  const found: Partial<CleanRule>[] = [];
  if (form.olderThan !== "") found.push({ olderThan: days(form.olderThan) });
  if (form.notPulled !== "") found.push({ notPulled: days(form.notPulled) });
  if (words(form.tags).length > 0) found.push({ tags: words(form.tags) });
  if (form.untagged) found.push({ untagged: true });
  if (form.superseded) found.push({ superseded: true });
  return found;
}

/** The request of the form. */
export function requestOf(form: Form, repository: RepositoryKey): CleanImages {
  const keep = form.keep === "" ? null : Number(form.keep);
  const each = conditions(form).map((condition) => ({ ...none, ...condition, keep }));
  const together = Object.assign({ ...none, keep }, ...conditions(form)) as CleanRule;
  const lines = (text: string) => text.split("\n").map((line) => line.trim());
  const references = lines(form.references).filter((line) => line !== "");
  return {
    repositories: [repository],
    rules: form.combine === "any" && each.length > 0 ? each : [together],
    takeAlong: form.takeAlong,
    usage: {
      references,
      lists: form.list.trim() === "" ? [] : [{ name: "the list", text: form.list }],
      leaveOut: form.leaveOut,
    },
    way: form.way === "quarantine" ? { kind: "quarantine", repository: form.quarantine } : { kind: form.way },
  };
}

/** Whether the form has a condition at all. */
export function isEmpty(form: Form): boolean {
  return conditions(form).length === 0 && form.keep === "";
}
