import type {
  Account,
  ImageRow,
  OverviewLink,
  RegistryKey,
  ReplicationStatus,
  RepositoryRow,
} from "../api/types";

/** A made-up world of accounts, repositories and images, for tests and for work on the window alone. */

const HOUR = 3_600_000;
const START = Date.parse("2026-11-20T09:00:00Z");

export const dev: Account = account("111122223333", "Dev", "dev", "#2f7ed8", [
  "us-west-2",
  "us-east-2",
  "eu-west-1",
]);
export const prod: Account = account("444455556666", "Prod", "production", "#d9534f", [
  "us-west-2",
  "us-east-2",
  "eu-west-1",
]);

export const devWest = registry(dev.id, "us-west-2");
export const prodWest = registry(prod.id, "us-west-2");

function account(
  id: string,
  name: string,
  environment: Account["environment"],
  colour: string,
  regions: string[],
): Account {
  return {
    space: "sandbox",
    id,
    name,
    environment,
    colour,
    regions,
    credentials: { source: "sandbox" },
    endpoint: null,
    principal: `arn:aws:iam::${id}:user/sandbox`,
    problem: null,
  };
}

export function registry(id: string, region: string): RegistryKey {
  return { space: "sandbox", account: id, region };
}

/** A plausible digest, the same for the same seed. */
export function digest(seed: string): string {
  let state = 2166136261;
  let hex = "";
  while (hex.length < 64) {
    for (const letter of seed + hex.length) {
      state = Math.imul(state ^ letter.charCodeAt(0), 16777619) >>> 0;
    }
    hex += state.toString(16).padStart(8, "0");
  }
  return `sha256:${hex.slice(0, 64)}`;
}

export function repository(where: RegistryKey, name: string, index: number, images: number): RepositoryRow {
  return {
    registry: where,
    name,
    uri: `127.0.0.1:4511/${name}`,
    mutability: {
      immutable: index % 3 === 0,
      exclusions: index % 6 === 0 ? ["latest*"] : [],
    },
    scanOnPush: index % 2 === 0,
    encryption: index % 5 === 0 ? { type: "kms", key: null } : { type: "aes256" },
    created: new Date(START - index * 31 * HOUR).toISOString(),
    images,
    bytes: images * 48_211_337,
    pushed: images > 0 ? new Date(START - index * HOUR).toISOString() : null,
  };
}

const services = ["billing", "catalog", "checkout", "identity", "ledger", "notify", "orders", "search"];

export const repositories: RepositoryRow[] = [
  repository(devWest, "dev-microservice", 1, 42),
  repository(devWest, "prod-microservice", 3, 21),
  repository(prodWest, "prod-microservice", 6, 21),
  repository(devWest, "platform/base-images/very-long-team-name/debian-slim-with-openjdk-21-runtime", 4, 9),
  ...Array.from({ length: 400 }, (_, index) =>
    repository(
      registry(index % 2 === 0 ? dev.id : prod.id, dev.regions[index % 3] ?? "us-west-2"),
      `${services[index % services.length]}/service-${String(index).padStart(3, "0")}`,
      index + 8,
      (index * 7) % 60,
    ),
  ),
];

function replication(index: number): ReplicationStatus[] {
  const state = index === 0 ? "inProgress" : index === 2 ? "failed" : "complete";
  return [
    {
      destination: prodWest,
      destinationName: prod.name,
      state,
      failureCode: state === "failed" ? "DESTINATION_REGISTRY_ACCESS_DENIED" : null,
      cause:
        state === "failed"
          ? {
              code: "destination-policy-missing",
              message: "Prod / us-west-2 had no statement that allows Dev to replicate into it.",
              hint: "Add the statement, then replicate again.",
              side: "destination",
              field: null,
            }
          : null,
      fixable: state === "failed",
    },
  ];
}

/** The images of a repository, newest first. */
export function imagesOf(row: RepositoryRow): ImageRow[] {
  const replicates = row.registry === devWest && row.name.startsWith("prod-");
  return Array.from({ length: row.images ?? 0 }, (_, index) => {
    const number = (row.images ?? 0) - index;
    const isIndex = index % 4 === 0;
    return {
      digest: digest(`${row.name}${number}`),
      tags:
        index % 9 === 7
          ? []
          : [String(number), ...(index === 0 ? ["latest", "v1.4.2", "git-9f3c2ab71d04"] : [])],
      bytes: 31_000_000 + ((number * 7_919_311) % 90_000_000),
      pushed: new Date(START - index * 5 * HOUR).toISOString(),
      mediaType: isIndex
        ? "application/vnd.oci.image.index.v1+json"
        : "application/vnd.oci.image.manifest.v1+json",
      artifactType: isIndex ? null : "application/vnd.oci.image.config.v1+json",
      lastPull: index % 3 === 0 ? new Date(START - index * HOUR).toISOString() : null,
      isIndex,
      subject: null,
      replication: replicates ? replication(index) : [],
      notReplicated: [],
    };
  });
}

export const links: OverviewLink[] = [
  { source: devWest, destination: prodWest, rule: "rule-1", filters: ["prod-microservice"] },
  { source: devWest, destination: registry(dev.id, "eu-west-1"), rule: "rule-2", filters: [] },
];
