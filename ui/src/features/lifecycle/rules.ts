/** A rule of a lifecycle policy as JSON has it; members that are not known stay. */
export interface Rule {
  rulePriority: number;
  description?: string;
  selection: Selection;
  action: { type: string; targetStorageClass?: string };
}

interface Selection {
  tagStatus: string;
  tagPatternList?: string[];
  tagPrefixList?: string[];
  storageClass?: string;
  countType: string;
  countUnit?: string;
  countNumber: number;
}

export const TAG_STATUS = ["any", "untagged", "tagged"] as const;
export const COUNT_TYPES = [
  "imageCountMoreThan",
  "sinceImagePushed",
  "sinceImagePulled",
  "sinceImageTransitioned",
] as const;
export const ACTIONS = ["expire", "transition"] as const;
export type CountType = (typeof COUNT_TYPES)[number];

/** Rules to begin with, without a priority. */
export const TEMPLATES = {
  keep: {
    selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 800 },
    action: { type: "expire" },
  },
  releases: {
    selection: {
      tagStatus: "tagged",
      tagPatternList: ["*.*.*"],
      countType: "imageCountMoreThan",
      countNumber: 10,
    },
    action: { type: "expire" },
  },
  untagged: {
    selection: { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 1 },
    action: { type: "expire" },
  },
  archive: {
    selection: { tagStatus: "any", countType: "sinceImagePulled", countUnit: "days", countNumber: 90 },
    action: { type: "transition", targetStorageClass: "archive" },
  },
} satisfies Record<string, Omit<Rule, "rulePriority">>;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function isRule(value: unknown): value is Rule {
  return (
    isObject(value) &&
    typeof value.rulePriority === "number" &&
    isObject(value.selection) &&
    isObject(value.action)
  );
}

/** The rules of a text by priority; null if it is no policy that can be edited by rule. An empty text has none. */
export function rulesOf(text: string): Rule[] | null {
  if (text.trim() === "") return [];
  try {
    const policy: unknown = JSON.parse(text);
    if (!isObject(policy) || !Array.isArray(policy.rules) || !policy.rules.every(isRule)) return null;
    return [...policy.rules].sort((a, b) => a.rulePriority - b.rulePriority);
  } catch {
    return null;
  }
}

/** The text with other rules; of no rules, none. */
export function textOf(text: string, rules: readonly Rule[]): string {
  if (rules.length === 0) return "";
  let rest: object = {};
  if (text.trim() !== "") rest = JSON.parse(text) as object;
  return JSON.stringify({ ...rest, rules }, null, 2);
}

/** With a rule after the others; the first gets 10, as there should be room before it. */
export function added(rules: readonly Rule[], rule: Omit<Rule, "rulePriority">): Rule[] {
  const last = rules.at(-1)?.rulePriority ?? 0;
  return [...rules, { rulePriority: last + 10, ...rule }];
}

/** With two neighbours in the other order: they swap their priorities. */
export function moved(rules: readonly Rule[], place: number, by: -1 | 1): Rule[] {
  const one = rules[place];
  const other = rules[place + by];
  if (!one || !other) return [...rules];
  return rules
    .map((rule) => {
      if (rule === one) return { ...rule, rulePriority: other.rulePriority };
      if (rule === other) return { ...rule, rulePriority: one.rulePriority };
      return rule;
    })
    .sort((a, b) => a.rulePriority - b.rulePriority);
}

/** A rule that counts in another way: days have a unit, images have none. */
export function counted(rule: Rule, countType: CountType): Rule {
  const { countUnit: _, storageClass: __, ...selection } = rule.selection;
  const days = countType !== "imageCountMoreThan";
  return {
    ...rule,
    selection: {
      ...selection,
      ...(countType === "sinceImageTransitioned" ? { storageClass: "archive" } : {}),
      countType,
      ...(days ? { countUnit: "days" } : {}),
    },
  };
}

/** A rule about images with another state of tags. */
export function tagged(rule: Rule, tagStatus: string): Rule {
  const { tagPatternList, tagPrefixList, ...selection } = rule.selection;
  if (tagStatus !== "tagged") return { ...rule, selection: { ...selection, tagStatus } };
  const lists = tagPrefixList ? { tagPrefixList } : { tagPatternList: tagPatternList ?? ["*"] };
  return { ...rule, selection: { ...selection, tagStatus, ...lists } };
}

/** A rule that does something else with its images. */
export function acting(rule: Rule, type: string): Rule {
  return {
    ...rule,
    action: type === "transition" ? { type, targetStorageClass: "archive" } : { type },
  };
}
