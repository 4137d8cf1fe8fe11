import type { Finding, PlanRequest, RegistryKey, RuleInput, RuleView } from "../../api/types";

/** A destination in the form. A Region of the rule's own account has no account field. */
export interface DestinationRow {
  key: number;
  kind: "region" | "account";
  account: string;
  region: string;
}

export interface FilterRow {
  key: number;
  text: string;
}

/** All entries of the wizard. */
export interface RuleForm {
  /** Further registries that get the same rule. */
  also: RegistryKey[];
  crossRegion: boolean;
  crossAccount: boolean;
  destinations: DestinationRow[];
  filters: FilterRow[];
  deleteReplication: boolean;
  /** The destination's statement covers every repository rather than the rule's prefixes. */
  allRepositories: boolean;
  createRepository: boolean;
  /** Destinations whose statement is written with the rule, as `registryId` names them. */
  adding: string[];
}

/** The wizard's steps in their order. */
export const steps = ["destinations", "filters", "other-side", "review"] as const;
export type WizardStep = (typeof steps)[number];

/** The initial values of the form: empty, or the edited rule. */
export function initialForm(
  registry: RegistryKey,
  rule?: RuleView,
  chosen: { to?: string[] | undefined; prefixes?: string[] | undefined } = {},
): RuleForm {
  const to = (chosen.to ?? []).flatMap((text) => {
    const [account, region] = text.split("/");
    return account && region ? [{ registry: { account, region } }] : [];
  });
  const destinations = (rule?.destinations ?? to).map(
    (each, index): DestinationRow => ({
      key: index,
      kind: each.registry.account === registry.account ? "region" : "account",
      account: each.registry.account,
      region: each.registry.region,
    }),
  );
  return {
    also: [],
    crossRegion: destinations.some((row) => row.kind === "region"),
    crossAccount: destinations.some((row) => row.kind === "account"),
    destinations,
    filters: (rule?.filters ?? chosen.prefixes ?? []).map((text, key) => ({ key, text })),
    deleteReplication: rule?.deleteReplication ?? false,
    allRepositories: false,
    createRepository: true,
    adding: [],
  };
}

/** Rows of a kind that is switched off are kept, in case it is switched on again, but do not count. */
export function shownDestinations(form: RuleForm): DestinationRow[] {
  return form.destinations.filter((row) => (row.kind === "region" ? form.crossRegion : form.crossAccount));
}

/** Adds an empty destination. */
export function withDestination(form: RuleForm, kind: DestinationRow["kind"], region = ""): RuleForm {
  return {
    ...form,
    destinations: [...form.destinations, { key: nextKey(form.destinations), kind, account: "", region }],
  };
}

/** Switches a kind of destination on or off; the first time, an empty row is added. */
export function withKind(
  form: RuleForm,
  kind: DestinationRow["kind"],
  on: boolean,
  region: string,
): RuleForm {
  const next = kind === "region" ? { ...form, crossRegion: on } : { ...form, crossAccount: on };
  const has = form.destinations.some((row) => row.kind === kind);
  return on && !has ? withDestination(next, kind, kind === "account" ? region : "") : next;
}

/** Adds an empty filter. */
export function withFilter(form: RuleForm): RuleForm {
  return { ...form, filters: [...form.filters, { key: nextKey(form.filters), text: "" }] };
}

function nextKey(rows: readonly { key: number }[]): number {
  return rows.reduce((most, row) => Math.max(most, row.key), -1) + 1;
}

/** Filters with text; an empty field is not a filter. */
export function filledFilters(form: RuleForm): FilterRow[] {
  return form.filters.filter((row) => row.text.trim() !== "");
}

/** The form in the application's format. */
export function toRuleInput(form: RuleForm, registry: RegistryKey, replaces: string | null): RuleInput {
  return {
    registry,
    ...(form.also.length > 0 ? { also: form.also } : {}),
    destinations: shownDestinations(form).map((row) => ({
      account: row.kind === "region" ? registry.account : row.account.trim(),
      region: row.region.trim(),
    })),
    filters: filledFilters(form).map((row) => row.text.trim()),
    deleteReplication: form.deleteReplication,
    replaces,
  };
}

/** The change that the wizard makes. `known` are the destinations as the application names them. */
export function toPlanRequest(form: RuleForm, rule: RuleInput, addStatements: RegistryKey[]): PlanRequest {
  return {
    change: "putRule",
    rule,
    addStatements,
    allRepositories: form.allRepositories,
    createRepository: form.createRepository,
  };
}

/** The findings that block a step. */
export function blocking(step: WizardStep, findings: readonly Finding[]): Finding[] {
  return findings.filter((finding) => finding.severity === "error" && belongsTo(step, finding));
}

/** Whether a finding belongs to a step. Findings about the whole rule belong to the filters. */
export function belongsTo(step: WizardStep, finding: Finding): boolean {
  const field = finding.field ?? "";
  if (step === "destinations") return field.startsWith("destinations") || finding.code === "too-many-rules";
  if (step === "filters") return !field.startsWith("destinations");
  return false;
}

/** The error at one of `fields`, with its hint. */
export function errorAt(findings: readonly Finding[], ...fields: string[]): string | undefined {
  const found = findings.find(
    (finding) => finding.severity === "error" && finding.field !== null && fields.includes(finding.field),
  );
  if (!found) return undefined;
  return found.hint ? `${found.text} ${found.hint}` : found.text;
}

/** Findings that are shown next to the fields, not at one: warnings, notes, and errors about the whole. */
export function besideFields(step: WizardStep, findings: readonly Finding[]): Finding[] {
  return findings.filter(
    (finding) => belongsTo(step, finding) && (finding.severity !== "error" || !finding.field?.includes("[")),
  );
}
