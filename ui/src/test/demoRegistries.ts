import type {
  Drift,
  GetDrift,
  GetPair,
  LookAt,
  LookedAt,
  PairKey,
  PairList,
  PairRow,
  PairView,
  RegistryKey,
} from "../api/types";
import { apiError, type Handlers } from "../platform/fake";
import { digest } from "./demoWorld";

const READ = "2026-11-20T08:40:00Z";

/** Settings: *api* differs, *web* is missing, *old* exists only elsewhere; us-east-2 was never read. */
export function driftOf({ reference, with: others }: GetDrift): Drift {
  const place = (registry: RegistryKey, index: number) => {
    const read = registry.region !== "us-east-2";
    const of = index > 0 && read;
    return {
      registry,
      asOf: read ? READ : null,
      policiesAsOf: read ? READ : null,
      problem: null,
      repositories: read ? 2 : 0,
      different: of ? 1 : 0,
      missing: of ? 1 : 0,
      extra: of ? 1 : 0,
      unread: !read ? 3 : 0,
    };
  };
  const places = [reference, ...others].map(place);
  const cells = (name: string) =>
    places.map(({ asOf }, index) => {
      if (!asOf) return { state: "unread" as const };
      if (index === 0) return { state: name === "old" ? ("missing" as const) : ("same" as const) };
      if (name === "old") return { state: "extra" as const };
      if (name === "web") return { state: "missing" as const };
      if (name === "same") return { state: "same" as const };
      return { state: "different" as const, settings: ["tagMutability" as const, "encryption" as const] };
    });
  return { places, rows: ["api", "old", "same", "web"].map((name) => ({ name, cells: cells(name) })) };
}

const rows: PairRow[] = [
  { repository: "web", tag: "1.0", standing: "equal", here: digest("a"), there: digest("a"), pushed: READ },
  {
    repository: "web",
    tag: "1.1",
    standing: "different",
    here: digest("b"),
    there: digest("c"),
    pushed: READ,
  },
  { repository: "web", tag: "1.2\u202e", standing: "missing", here: digest("d"), there: null, pushed: READ },
  { repository: "old", tag: "1", standing: "extra", here: null, there: digest("e"), pushed: null },
];

/** Four images, one of each kind; the first registry does not answer now. */
export function pairOf({ here, there, needed, only, text, offset, limit }: GetPair): PairView {
  if (needed.by === "patterns" && needed.patterns.some((pattern) => pattern.startsWith(":"))) {
    throw apiError("invalid-image-pattern", "`:1` is not REPOSITORY[:TAG].", {
      side: "input",
      field: "needed.patterns[0]",
    });
  }
  const found = rows.filter(
    (row) =>
      (only.length === 0 || only.includes(row.standing)) && `${row.repository}:${row.tag}`.includes(text),
  );
  const side = (registry: RegistryKey, problem: PairView["here"]["problem"]) => ({
    registry,
    host: `${registry.account}.dkr.ecr.${registry.region}.amazonaws.com`,
    asOf: READ,
    imagesAsOf: READ,
    problem,
    repositories: 2,
    unread: 0,
  });
  return {
    here: side(here, apiError("unreachable", "The registry does not answer.")),
    there: side(there, null),
    counts: { equal: 1, different: 1, missing: 1, extra: 1, nowhere: 0 },
    newestGap: READ,
    total: found.length,
    rows: found.slice(offset, offset + limit),
    foreign: needed.by === "list" ? ["docker.io/library/nginx:1"] : [],
    unusable: [],
    since: {
      at: "2026-11-19T08:40:00Z",
      total: 1,
      changes: [{ image: "web:1.2", before: null, now: "missing", moved: false }],
    },
  };
}

/** Comparisons of registries in the demo. */
export function registriesHandlers(): Handlers {
  return {
    look_at_registry: ({ registry }: LookAt): LookedAt => ({
      registry,
      repositories: 2,
      failed: 0,
      problem: null,
    }),
    drift: driftOf,
    pair: pairOf,
    remember_pair: () => null,
    pair_list: ({ there }: PairKey): PairList => ({
      text: `${there.account}.example/web:1.0\n# missing: ${there.account}.example/web:1.2\n`,
      images: 2,
      absent: 1,
      map: `a.example/ ${there.account}.example/\n`,
    }),
  };
}
