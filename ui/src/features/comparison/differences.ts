import { registryId } from "../../api/keys";
import type {
  ComparedSettings,
  OverviewLink,
  PlanRequest,
  RegistryKey,
  RepositoryKey,
  RepositorySetting,
  SettingsComparison,
  SettingValue,
} from "../../api/types";

/** The settings in the order of the table. */
export const SETTINGS = [
  "tagMutability",
  "scanOnPush",
  "lifecyclePolicy",
  "repositoryPolicy",
  "encryption",
] as const;

/** The text of a setting; null if it was not read. */
export function textOf(settings: readonly SettingValue[], setting: RepositorySetting): string | null {
  return settings.find((each) => each.setting === setting)?.text ?? null;
}

/** The settings of a registry that differ and can be changed. */
export function changeable({ different }: ComparedSettings): RepositorySetting[] {
  return different.filter((setting) => setting !== "encryption");
}

/** What a person has unticked: settings, and registries by their ids. */
export type LeftOut = ReadonlySet<string>;

/** The plan for everything that differs, except what is left out; null if nothing remains. */
export function equalRequest(
  repository: RepositoryKey,
  { others }: SettingsComparison,
  left: LeftOut,
): Extract<PlanRequest, { change: "makeEqual" }> | null {
  const wanted = (setting: RepositorySetting) => !left.has(setting);
  const chosen = others.filter(
    (other) => !left.has(registryId(other.registry)) && changeable(other).some(wanted),
  );
  if (chosen.length === 0) return null;
  const settings = SETTINGS.filter(
    (setting) => wanted(setting) && chosen.some((other) => changeable(other).includes(setting)),
  );
  return { change: "makeEqual", repository, with: chosen.map(({ registry }) => registry), settings };
}

/** The registries between which rules replicate a repository: its destinations, and where it comes from. */
export function related({ registry, repository }: RepositoryKey, links: readonly OverviewLink[]) {
  const own = registryId(registry);
  const found = links
    .filter(({ filters }) => filters.length === 0 || filters.some((filter) => repository.startsWith(filter)))
    .flatMap(({ source, destination }): RegistryKey[] => {
      if (registryId(source) === own) return [destination];
      return registryId(destination) === own ? [source] : [];
    });
  return withoutTwins(found);
}

/** Registries, each once. */
export function withoutTwins(registries: readonly RegistryKey[]): RegistryKey[] {
  return [...new Map(registries.map((each) => [registryId(each), each])).values()];
}

/** The number of rules or statements of a policy; null if it has none that can be counted. */
export function partsOf(policy: string): number | null {
  try {
    const { rules, Statement } = JSON.parse(policy) as { rules?: unknown; Statement?: unknown };
    if (Array.isArray(rules)) return rules.length;
    return Array.isArray(Statement) ? Statement.length : null;
  } catch {
    return null;
  }
}
