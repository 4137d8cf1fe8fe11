import type {
  EngineDestination,
  EngineFinding,
  EngineRule,
  EngineTagFilter,
  RegistryKey,
} from "../../api/types";

/** A rule in the form; lists that are typed as text stay text. */
export interface EngineForm {
  rule: EngineRule;
  platforms: string;
  labels: string;
  annotations: string;
}

/** The properties of a part of the form. */
export interface EngineFields {
  form: EngineForm;
  onChange: (form: EngineForm) => void;
  findings: readonly EngineFinding[];
}

/** The number in a field of at most six digits; null if it is empty. */
export function numberOf(text: string): number | null {
  const digits = text.replace(/\D/g, "").slice(0, 6);
  return digits === "" ? null : Number(digits);
}

/** The wizard's steps in their order. */
export const steps = ["places", "selection", "when", "review"] as const;
export type EngineStep = (typeof steps)[number];

const noTags: EngineTagFilter = {
  include: [],
  exclude: [],
  newest: null,
  newest_by: null,
  pushed_after: null,
  pushed_before: null,
  minimum_age: null,
};

/** The registries of ECR that a rule names. */
export function ecrRegistries({ source, destinations }: EngineRule): { account: string }[] {
  return [source, ...destinations].flatMap(({ registry }) => {
    const account = /^(\d{12})\//.exec(registry)?.[1];
    return account ? [{ account }] : [];
  });
}

/** An empty destination. */
export function emptyDestination(registry = ""): EngineDestination {
  return { registry, rename: null, tags: null, create: null, on_conflict: null, on_expiry: null };
}

/** The initial values of a new rule: a source, and the entries for a native rule so far. */
export function newRule(
  source: Pick<RegistryKey, "account" | "region"> | null,
  to: string[],
  prefixes: string[],
): EngineRule {
  return {
    name: "",
    source: {
      registry: source ? `${source.account}/${source.region}` : "",
      repositories: prefixes.map((prefix) => ({ prefix })),
      exclude: [],
      tags: null,
      platforms: [],
      referrers: null,
      labels: {},
      annotations: {},
    },
    destinations: (to.length > 0 ? to : [""]).map((registry) => emptyDestination(registry)),
    prune: null,
    schedule: null,
    limits: null,
  };
}

/** The form of a rule. */
export function toForm(rule: EngineRule): EngineForm {
  return {
    rule,
    platforms: rule.source.platforms.join(", "),
    labels: pairsText(rule.source.labels),
    annotations: pairsText(rule.source.annotations),
  };
}

function pairsText(pairs: { [key: string]: string }): string {
  return Object.entries(pairs)
    .map(([name, value]) => `${name}=${value}`)
    .join("\n");
}

function pairsOf(text: string): { [key: string]: string } {
  return Object.fromEntries(
    text
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "")
      .map((line) => {
        const at = line.indexOf("=");
        return at === -1 ? [line, ""] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
      }),
  );
}

/** One pattern of any list. */
export type Pattern<Kind extends string> = { [K in Kind]: { [P in K]: string } }[Kind];

/** The kind of a pattern. */
export function kindOf(pattern: object): string {
  return Object.keys(pattern)[0] ?? "";
}

/** The text of a pattern. */
export function textOf(pattern: object): string {
  return String(Object.values(pattern)[0] ?? "");
}

const filled = (pattern: object) => textOf(pattern).trim() !== "";

/** The index of a row among the filled-in rows, which findings use. */
export function filledIndex(rows: readonly object[], index: number): number {
  return rows.slice(0, index).filter(filled).length;
}

/** The tag filter of a rule, or an empty one. */
export function tagsOf(rule: EngineRule): EngineTagFilter {
  return rule.source.tags ?? noTags;
}

/** Changes a rule's source. */
export function withSource(form: EngineForm, source: Partial<EngineRule["source"]>): EngineForm {
  return { ...form, rule: { ...form.rule, source: { ...form.rule.source, ...source } } };
}

/** Changes which tags a rule copies. */
export function withTags(form: EngineForm, tags: Partial<EngineTagFilter>): EngineForm {
  return withSource(form, { tags: { ...tagsOf(form.rule), ...tags } });
}

/** Changes all destinations in the same way: the form has one set of names for all. */
export function withEach(form: EngineForm, change: Partial<EngineDestination>): EngineForm {
  const destinations = form.rule.destinations.map((each) => ({ ...each, ...change }));
  return { ...form, rule: { ...form.rule, destinations } };
}

/** The rule of a form, without empty rows. */
export function toRule(form: EngineForm): EngineRule {
  const { rule } = form;
  const tags = tagsOf(rule);
  const chosen: EngineTagFilter = {
    ...tags,
    include: tags.include.filter(filled),
    exclude: tags.exclude.filter(filled),
    newest_by: tags.newest === null ? null : tags.newest_by,
  };
  const { length } = [...chosen.include, ...chosen.exclude];
  const any =
    length > 0 ||
    chosen.newest !== null ||
    [chosen.pushed_after, chosen.pushed_before, chosen.minimum_age].some((each) => each !== null);
  return {
    ...rule,
    name: rule.name.trim(),
    source: {
      ...rule.source,
      registry: rule.source.registry.trim(),
      repositories: rule.source.repositories.filter(filled),
      exclude: rule.source.exclude.filter(filled),
      tags: any ? chosen : null,
      platforms: form.platforms
        .split(/[\s,]+/)
        .map((each) => each.trim())
        .filter((each) => each !== ""),
      labels: pairsOf(form.labels),
      annotations: pairsOf(form.annotations),
    },
    destinations: rule.destinations.map((each) => ({ ...each, registry: each.registry.trim() })),
  };
}

/** Whether a rule uses more than ECR's prefixes, so that this part of the form is open initially. */
export function saysMore(rule: EngineRule): boolean {
  const { source } = rule;
  return (
    source.tags !== null ||
    source.exclude.length > 0 ||
    source.platforms.length > 0 ||
    source.referrers !== null ||
    source.repositories.some((each) => !("prefix" in each)) ||
    Object.keys(source.labels).length + Object.keys(source.annotations).length > 0
  );
}

/** The step with the field of a finding. */
export function stepOf(finding: EngineFinding): EngineStep {
  const field = finding.field ?? "";
  if (field === "name" || field === "source.registry") return "places";
  if (field === "destinations" || /^destinations\[\d+\](\.registry)?$/.test(field)) return "places";
  return field.startsWith("source") ? "selection" : "when";
}

/** The error at a field, with its hint. */
export function errorAt(findings: readonly EngineFinding[], field: string): string | undefined {
  const found = findings.find(
    (each) => each.severity === "error" && (each.field === field || each.field?.startsWith(`${field}.`)),
  );
  if (!found) return undefined;
  return found.hint ? `${found.text} ${found.hint}` : found.text;
}
