import type {
  CheckEngineRule,
  CheckedEngineRule,
  EngineFinding,
  EnginePlan,
  EngineRule,
  EngineRulePreview,
  EngineRulePreviewRequest,
  EngineRuleView,
  ExportEngineRules,
  ListPlanImages,
  ListRunImages,
  OtherRegistry,
  PauseEngineRule,
  PlanExpiry,
  PlanImage,
  PutRegistry,
  RegistryHost,
  RunImageRow,
  RunView,
} from "../api/types";
import { apiError, type Handlers } from "../platform/fake";
import { dev, devWest, digest, prodWest } from "./demoWorld";

const at = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
const inMinutes = (minutes: number) => at(-minutes);

/** A rule with a tag pattern and a minimum age. */
export function demoRule(): EngineRule {
  return {
    name: "Releases to Prod",
    source: {
      registry: `${dev.id}/us-west-2`,
      repositories: [{ prefix: "prod-" }],
      exclude: [],
      tags: {
        include: [{ semver: ">=1.0.0" }],
        exclude: [],
        newest: null,
        newest_by: null,
        pushed_after: null,
        pushed_before: null,
        minimum_age: "7d",
      },
      platforms: [],
      referrers: null,
      labels: {},
      annotations: {},
    },
    destinations: [
      {
        registry: "harbor.example.com",
        rename: null,
        tags: null,
        create: null,
        on_conflict: null,
        on_expiry: null,
      },
    ],
    prune: null,
    schedule: { cron: "0 3 * * *", time_zone: null, watch: null },
    limits: null,
  };
}

const YAML = `name: Releases to Prod
source:
  registry: ${dev.id}/us-west-2
  repositories:
    - prefix: prod-
  tags:
    include:
      - semver: ">=1.0.0"
    minimum_age: 7d
destinations:
  - registry: harbor.example.com
schedule:
  cron: 0 3 * * *
`;

const engineDriver: CheckedEngineRule["driver"] = {
  native: false,
  reason: null,
  reasons: [
    {
      code: "tags",
      text: "ECR replicates every tag; this rule chooses tags.",
      toNative: "Leave the tags out.",
    },
    { code: "registry", text: "`harbor.example.com` is not an ECR registry.", toNative: null },
  ],
};

/** Existing engine rules: one with a schedule, and one whose run failed. */
export function demoEngineRules(): EngineRuleView[] {
  const rule = demoRule();
  const source = { text: rule.source.registry, label: "Dev / us-west-2", registry: devWest };
  return [
    {
      id: "engine-1",
      space: "sandbox",
      name: rule.name,
      yaml: YAML,
      hash: "aa",
      rule,
      sentences: ["Tags that match `>=1.0.0` and are at least 7 days old are copied to harbor.example.com."],
      driver: engineDriver ?? { native: false, reason: null, reasons: [] },
      source,
      destinations: [{ text: "harbor.example.com", label: "harbor.example.com", registry: null }],
      schedule: "Every day at 03:00 UTC",
      paused: false,
      next: inMinutes(300),
      missed: null,
      running: null,
      last: { run: "run-done", at: at(300), state: "done", text: "2 copied, 40 already there", error: null },
      findings: [],
      created: at(9000),
      changed: at(9000),
    },
    {
      id: "engine-2",
      space: "sandbox",
      name: "Newest five to Prod",
      yaml: YAML,
      hash: "aa",
      rule: { ...rule, name: "Newest five to Prod", schedule: null },
      sentences: ["The newest 5 tags of each repository are copied to Prod / us-west-2."],
      driver: {
        native: false,
        reason: null,
        reasons: [{ code: "newest", text: "ECR cannot count tags.", toNative: null }],
      },
      source,
      destinations: [{ text: "444455556666/us-west-2", label: "Prod / us-west-2", registry: prodWest }],
      schedule: null,
      paused: false,
      next: null,
      missed: null,
      running: null,
      last: {
        run: null,
        at: at(40),
        state: "failed",
        text: "The run could not start",
        error: apiError("network", "No answer from Prod / us-west-2.", { side: "destination" }),
      },
      findings: [],
      created: at(800),
      changed: at(700),
    },
  ];
}

/** The plan of a run. */
export function demoEnginePlan(more: Partial<EnginePlan> = {}): EnginePlan {
  const totals = {
    copy: 2,
    retag: 0,
    mount: 1,
    attach: 0,
    skip: 40,
    keep: 0,
    conflict: 0,
    unavailable: 0,
    referrers: 0,
    create: 1,
    remove: 0,
    bytesToMove: 48_000_000,
    bytesToMount: 12_000_000,
    bytesSaved: 900_000_000,
  };
  return {
    rule: "engine-1",
    selected: 43,
    notSelected: 7,
    totals,
    destinations: [{ label: "harbor.example.com", totals, creates: ["prod-microservice"], cap: null }],
    acknowledge: [],
    requests: 18,
    ...more,
  };
}

/** The images that lifecycle policies expire after a plan; one of the names is very long. */
export function demoExpiry(): PlanExpiry {
  const row = {
    at: "Prod / us-west-2",
    repository: "prod-microservice",
    digest: `sha256:${"a".repeat(64)}`,
    tags: ["1.0", "stable"],
    moreTags: 3,
    incoming: true,
    archived: false,
    anyway: false,
    rule: 7,
    reason: "Images expire, except the 10 pushed last.",
  };
  const long = `team/${"a-very-long-part-of-a-name/".repeat(6)}service`;
  const there = { ...row, tags: [], moreTags: 0, incoming: false };
  return {
    acknowledge: [
      "After this plan, lifecycle policies of Prod / us-west-2 will expire 4 images, 1 of them just copied.",
    ],
    total: 4,
    incoming: 1,
    rows: [
      row,
      { ...there, repository: long, digest: `sha256:${"b".repeat(64)}` },
      { ...there, digest: `sha256:${"c".repeat(64)}`, archived: true, anyway: true },
    ],
  };
}

function findingsOf(rule: EngineRule): EngineFinding[] {
  const found: EngineFinding[] = [];
  const add = (code: string, field: string, text: string) =>
    found.push({ code, severity: "error", field, line: null, column: null, text, hint: null });
  if (rule.name.trim() === "") add("name-missing", "name", "A rule needs a name.");
  if (rule.destinations.length === 0) add("no-destination", "destinations", "A rule needs a destination.");
  rule.destinations.forEach((each, index) => {
    if (each.registry === "") add("registry-missing", `destinations[${index}].registry`, "Which registry?");
  });
  rule.source.tags?.include.forEach((each, index) => {
    if ("semver" in each && !/^[<>=^~*\d]/.test(each.semver)) {
      add("semver-invalid", `source.tags.include[${index}].semver`, "This is not a version range.");
    }
  });
  const age = rule.source.tags?.minimum_age;
  if (age && !/^\d+[smhdw]$/.test(age)) {
    add("age-invalid", "source.tags.minimum_age", "An age is a number and a unit, such as 7d.");
  }
  return found;
}

function check({ rule: input }: CheckEngineRule): CheckedEngineRule {
  if (input.as === "yaml" && !input.text.startsWith("name:")) {
    return {
      findings: [
        {
          code: "unknown-key",
          severity: "error",
          field: "nmae",
          line: 1,
          column: 1,
          text: "There is no key `nmae`.",
          hint: "Did you mean `name`?",
        },
      ],
      good: false,
      yaml: null,
      rule: null,
      sentences: [],
      driver: null,
      next: [],
    };
  }
  const rule = input.as === "yaml" ? demoRule() : input.rule;
  const findings = findingsOf(rule);
  const good = findings.length === 0;
  return {
    findings,
    good,
    yaml: YAML.replace("Releases to Prod", rule.name),
    rule,
    sentences: good ? ["Tags that are old enough are copied to their destination."] : [],
    driver: good
      ? rule.source.tags === null && rule.destinations.every((each) => /^\d{12}\//.test(each.registry))
        ? { native: true, reason: "Prefixes, the same names and ECR registries only.", reasons: [] }
        : engineDriver
      : null,
    next: good && rule.schedule?.cron ? [inMinutes(300)] : [],
  };
}

function preview({ rule: input, show, search, offset, limit }: EngineRulePreviewRequest): EngineRulePreview {
  const rule = input.as === "form" ? input.rule : demoRule();
  const findings = findingsOf(rule);
  const young = rule.source.tags?.minimum_age;
  const rows: EngineRulePreview["rows"] = ["1.4.0", "1.4.1", "1.5.0", "latest"].map((tag, index) => {
    const selected = !young || index < 2;
    return {
      repository: "prod-microservice",
      tag,
      digest: digest(tag),
      bytes: 12_000_000,
      pushed: at(index * 2000),
      verdict: selected ? "selected" : "notSelected",
      reason: selected ? null : `not copied: 2 days old, the rule requires ${young}`,
      code: selected ? null : "too-young",
      destinations: selected ? [`harbor.example.com/prod-microservice:${tag}`] : [],
    };
  });
  const shown = rows
    .filter((row) => show === "all" || row.verdict === show)
    .filter((row) => `${row.repository}:${row.tag}`.includes(search));
  const selected = rows.filter((row) => row.verdict === "selected");
  return {
    known: true,
    selected: findings.length > 0 ? 0 : selected.length,
    notSelected: rows.length - selected.length,
    undecided: 0,
    repositories: 1,
    bytes: selected.length * 12_000_000,
    total: findings.length > 0 ? 0 : shown.length,
    rows: findings.length > 0 ? [] : shown.slice(offset, offset + limit),
    unknown: [],
    read: at(1),
    findings,
  };
}

/** A run of an engine rule with as many images as wanted. */
export function demoEngineRun(images: number, more: Partial<RunView> = {}): RunView {
  return {
    id: "run-engine",
    space: "sandbox",
    title: "Run “Releases to Prod”",
    state: "running",
    started: at(2),
    ended: null,
    steps: [],
    images: [],
    bytesMoved: 400_000_000,
    bytesTotal: 1_000_000_000,
    bytesSaved: 300_000_000,
    error: null,
    canCancel: true,
    canRetry: false,
    versions: [],
    rule: { id: "engine-1", name: "Releases to Prod", scheduled: false },
    transfer: {
      counts: { images, waiting: images - 6, running: 2, done: 1, skipped: 2, failed: 1 },
      bytesMounted: 200_000_000,
      rate: 8_000_000,
      left: { least: 60, most: 400 },
      paused: null,
      opens: null,
      bandwidth: null,
      concurrency: null,
      removed: 0,
      version: 1,
    },
    ...more,
  };
}

function imageAt(index: number): RunImageRow {
  const state = index < 2 ? "running" : index === 2 ? "failed" : index === 3 ? "done" : "waiting";
  const name = `prod-microservice:1.${index}`;
  return {
    index,
    image: {
      source: `127.0.0.1:4511/${name}`,
      destination: `harbor.example.com/${name}`,
      digest: digest(name),
      state,
      layers: [],
      error:
        state === "failed"
          ? apiError("tag-immutable", "The destination tag has another digest.", { side: "destination" })
          : null,
    },
    bytesMoved: state === "done" ? 9_000_000 : state === "running" ? 3_000_000 : 0,
    bytesToMove: 9_000_000,
  };
}

/** Responses about engine rules and their runs. */
export function engineHandlers(rules: EngineRuleView[] = [], images = 10_000): Handlers {
  let others: OtherRegistry[] = [{ host: "harbor.example.com", user: "robot", insecure: false }];
  return {
    engine_rules: () => rules,
    export_engine_rules: ({ rules: [id] }: ExportEngineRules) => ({
      name: "rules.yaml",
      text: `rules:\n  - name: ${rules.find((each) => each.id === id)?.name}\n`,
    }),
    engine_places: () => [
      { text: "111122223333/us-west-2", label: "Dev / us-west-2", registry: devWest },
      { text: "444455556666/us-west-2", label: "Prod / us-west-2", registry: prodWest },
      { text: "harbor.example.com", label: "harbor.example.com", registry: null },
    ],
    check_engine_rule: check,
    preview_engine_rule: preview,
    pause_engine_rule: ({ rule, paused }: PauseEngineRule) => {
      const found = rules.find((each) => each.id === rule);
      if (found) Object.assign(found, { paused, next: paused ? null : inMinutes(300) });
      return null;
    },
    other_registries: () => others,
    put_registry: ({ host, user, insecure }: PutRegistry) => {
      others = [...others, { host, user, insecure }];
      return others;
    },
    remove_registry: ({ host }: RegistryHost) => {
      others = others.filter((each) => each.host !== host);
      return others;
    },
    run_images: ({ offset, limit, onlyFailed, search, layersOf }: ListRunImages) => {
      const all = Array.from({ length: images }, (_, index) => index).filter(
        (index) => (!onlyFailed || index === 2) && imageAt(index).image.destination.includes(search),
      );
      const rows = all.slice(offset, offset + limit).map((index) => {
        const row = imageAt(index);
        if (layersOf.includes(index)) {
          row.image.layers = [
            { digest: digest("x"), moved: 3_000_000, total: 6_000_000, action: "uploading" },
            { digest: digest("y"), moved: 0, total: 3_000_000, action: "mounted" },
          ];
        }
        return row;
      });
      return { total: all.length, rows, version: 1 };
    },
    pause_run: () => null,
    continue_run: () => null,
    set_run_limits: () => null,
    plan_images: ({ offset, limit, show }: ListPlanImages) => {
      const rows: PlanImage[] = ["1.4.0", "1.4.1"].map((tag) => ({
        source: `prod-microservice:${tag}`,
        destination: `prod-microservice:${tag}`,
        place: 0,
        digest: digest(tag),
        action: "copy",
        text: "Not at the destination yet.",
        bytesToMove: 24_000_000,
        bytesToMount: 0,
      }));
      const shown = show === "all" || show === "work" ? rows : [];
      return { total: shown.length, rows: shown.slice(offset, offset + limit) };
    },
  };
}
