import { registryId } from "../../api/keys";
import type { Finding, RegistryKey } from "../../api/types";

/** What is the same for several registries, with the registries in their order. */
export interface Group<Item> {
  first: Item;
  all: Item[];
  registries: RegistryKey[];
}

/** The name of a registry's account, if it has one. */
export type NameOf = (registry: RegistryKey) => string | undefined;

/** Groups items with the same key. */
export function groupsBy<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  registryOf: (item: Item) => RegistryKey | undefined,
): Group<Item>[] {
  const groups = new Map<string, Group<Item>>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key) ?? { first: item, all: [], registries: [] };
    groups.set(key, group);
    group.all.push(item);
    const registry = registryOf(item);
    const known = registry && group.registries.map(registryId).includes(registryId(registry));
    if (registry && !known) group.registries.push(registry);
  }
  return [...groups.values()];
}

/** Findings that say the same, once for all registries that they are about. */
export function groupFindings(findings: readonly Finding[], nameOf: NameOf): Group<Finding>[] {
  return groupsBy(
    findings,
    ({ code, severity, field, text, hint, registry }) =>
      registry
        ? JSON.stringify([code, severity, withoutRegistry(text, registry, nameOf), hint])
        : JSON.stringify([code, severity, text, hint, field]),
    ({ registry }) => registry,
  );
}

const HERE = "\0";

/**
 * A text that says the same for every registry: `Prod (444455556666) / us-west-2`, `444455556666/us-west-2`,
 * `444455556666 in us-west-2` and `ecr:us-west-2:444455556666:` are replaced.
 */
export function withoutRegistry(text: string, registry: RegistryKey, nameOf: NameOf): string {
  const { account, region } = registry;
  const name = nameOf(registry);
  const named = name ? text.replaceAll(`${name} (${account})`, account) : text;
  const forms = [" / ", "/", " in "].map((between) => `${account}${between}${region}`);
  return [...forms, `${region}:${account}`, account].reduce(
    (rest, form) => rest.replaceAll(form, HERE),
    named,
  );
}
