import type { AccountKey, DocumentKey, GetBringOver, RegistryKey, RepositoryKey } from "./types";

/** A registry as one string, for keys and addresses. */
export function registryId(registry: RegistryKey): string {
  return `${registry.space}/${registry.account}/${registry.region}`;
}

/** A repository as one string. */
export function repositoryId(key: RepositoryKey): string {
  return `${registryId(key.registry)}/${key.repository}`;
}

/** Query keys of the application's data. Events invalidate them by prefix. */
export const keys = {
  status: ["status"],
  accounts: ["accounts"],
  accountRegions: ({ space, id }: AccountKey) => ["accountRegions", space, id],
  accountRemoval: ({ space, id }: AccountKey) => ["accountRemoval", space, id],
  profiles: ["profiles"],
  guard: ["guard"],
  ssoSessions: ["ssoSessions"],
  ssoAccounts: (session: string) => ["ssoAccounts", session],
  signIns: ["signIn"],
  signIn: (id: string) => ["signIn", id],
  /** Where tokens are stored; updated by sign-ins, never requested. */
  settings: ["settings"],
  networkSettings: ["networkSettings"],
  sandboxSettings: ["sandboxSettings"],
  overview: ["overview"],
  repositories: ["repositories"],
  repository: (key: RepositoryKey) => ["repository", registryId(key.registry), key.repository],
  images: (key: RepositoryKey) => ["images", registryId(key.registry), key.repository],
  arrivals: (key: RepositoryKey) => ["arrivals", registryId(key.registry), key.repository],
  imageDetails: (digest: string) => ["imageDetails", digest],
  search: ["search"],
  registrySettings: (registry: RegistryKey) => ["registrySettings", registryId(registry)],
  clientCommands: (key: RepositoryKey) => ["clientCommands", registryId(key.registry), key.repository],
  replication: (registry: RegistryKey) => ["replication", registryId(registry)],
  recentReplications: ["recentReplications"],
  otherSides: ["otherSides"],
  readiness: ["readiness"],
  bringOver: ({ registry, destinations, prefixes }: GetBringOver) => [
    "bringOver",
    registryId(registry),
    destinations.map(registryId),
    prefixes,
  ],
  backfills: ["backfills"],
  templates: ["templates"],
  comparison: ["comparison"],
  /** Comparisons of registries, from what was read. */
  compared: ["compared"],
  keptVersions: (registry: RegistryKey) => ["keptVersions", registryId(registry)],
  policy: (registry: RegistryKey) => ["policy", registryId(registry)],
  /** Everything of IAM. */
  iam: ["iam"],
  owner: ({ registry, document }: DocumentKey) => ["owner", registryId(registry), document],
  runs: ["runs"],
  run: (id: string) => ["run", id],
  runImages: (id: string) => ["runImages", id],
  planImages: (id: string) => ["planImages", id],
  engineRules: ["engineRules"],
  /** Paths, boards and the record of promotions. */
  promotions: ["promotions"],
  enginePreview: ["enginePreview"],
  enginePlaces: ["enginePlaces"],
  otherRegistries: ["otherRegistries"],
  /** Current runs; updated by events, never requested. */
  activeRuns: ["activeRuns"],
} as const;
