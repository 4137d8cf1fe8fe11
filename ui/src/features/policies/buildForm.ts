import type { BuildPolicy, PolicyRecipe } from "../../api/types";
import { words } from "../permissions/statementForm";

/** How repositories are chosen. */
export type Which = "all" | "names" | "prefixes" | "tag";

/** What policies are for: the part of a kind before its first hyphen, or users and roles. */
export type Group = "identity" | "repository" | "registry" | "trust";

/** The form of the builder, as typed. */
export interface BuildForm {
  kind: string;
  registries: string;
  which: Which;
  repositories: string;
  prefixes: string;
  tag: string;
  principals: string;
  organization: string;
  projects: string;
  branch: string;
  host: string;
  externalId: string;
  mfa: boolean;
}

export const emptyBuild: BuildForm = {
  kind: "push-pull",
  registries: "",
  which: "names",
  repositories: "",
  prefixes: "",
  tag: "",
  principals: "",
  organization: "",
  projects: "",
  branch: "",
  host: "",
  externalId: "",
  mfa: false,
};

export function groupOf(kind: string): Group {
  const start = kind.split("-")[0];
  return start === "repository" || start === "registry" || start === "trust" ? start : "identity";
}

/**
 * The request of a filled form: of fields that the kind does not have, nothing is sent. Null while the
 * repositories are to be named and none is: without names a policy is about all of them.
 */
export function requestOf(form: BuildForm, recipe: PolicyRecipe): BuildPolicy | null {
  const has = (field: keyof BuildPolicy) => recipe.fields.includes(field);
  const named = { all: "*", names: form.repositories, prefixes: form.prefixes, tag: form.tag }[form.which];
  if (has("repositories") && words(named).length === 0) return null;
  const list = (field: keyof BuildPolicy, text: string) => (has(field) ? words(text) : []);
  const one = (field: keyof BuildPolicy, text: string) =>
    has(field) && text.trim() !== "" ? text.trim() : null;
  return {
    kind: recipe.kind,
    registries: list("registries", form.registries),
    repositories: form.which === "names" ? list("repositories", form.repositories) : [],
    prefixes: form.which === "prefixes" ? list("prefixes", form.prefixes) : [],
    tag: form.which === "tag" ? one("tag", form.tag) : null,
    principals: list("principals", form.principals),
    organization: one("organization", form.organization),
    projects: list("projects", form.projects),
    branch: one("branch", form.branch),
    host: one("host", form.host),
    externalId: one("externalId", form.externalId),
    mfa: has("mfa") && form.mfa,
  };
}
