import type {
  Account,
  AppStatus,
  Arrivals,
  Finding,
  GetArrivals,
  GetClientCommands,
  Guard,
  ImageWindow,
  ListImages,
  ListRepositories,
  ListRuns,
  NetworkSettings,
  NetworkView,
  Overview,
  PlanRequest,
  PlanView,
  RegistryKey,
  RepositoryKey,
  RepositoryWindow,
  RunPlan,
  RunView,
  SandboxSettings,
  SaveText,
  Scope,
  Search,
  SearchHit,
  SearchHits,
  Settings,
  Space,
} from "../api/types";
import { runRegistries } from "../features/runs/runText";
import { apiError, type FakePlatform, fakePlatform, type Handlers } from "../platform/fake";
import { blankPlan, blankRun } from "./blank";
import { accountHandlers } from "./demoAccounts";
import { comparisonHandlers } from "./demoComparison";
import { clientCommands, imageDetails } from "./demoContents";
import { costHandlers } from "./demoCost";
import { deletionHandlers } from "./demoDeletion";
import { demoEnginePlan, engineHandlers } from "./demoEngine";
import { guardHandlers } from "./demoGuard";
import { iamHandlers } from "./demoIam";
import { lifecycleHandlers } from "./demoLifecycle";
import { ownerHandlers } from "./demoOwners";
import { permissionHandlers } from "./demoPermissions";
import { policyHandlers } from "./demoPolicies";
import { promotionHandlers } from "./demoPromotion";
import { demoPromotionPlan, isPromotion } from "./demoPromotionPlan";
import { readinessHandlers } from "./demoReadiness";
import { recordHandlers } from "./demoRecord";
import { registriesHandlers } from "./demoRegistries";
import { replicationHandlers } from "./demoReplication";
import { requestHandlers } from "./demoRequests";
import { signInHandlers } from "./demoSignIn";
import { dev, devWest, imagesOf, links, prod, prodWest, repositories } from "./demoWorld";

/** Whether a run is listed in a scope: it reads from or writes to a registry of the account and Region. */
function isInScope(run: RunView, { space, account, region }: Scope): boolean {
  if (space && run.space !== space) return false;
  if (!account && !region) return true;
  return runRegistries(run).some(
    (registry) => (!account || registry.account === account) && (!region || registry.region === region),
  );
}

const EVERYWHERE: Scope = { space: null, account: null, region: null };

/** The initial state of a demo. */
export interface DemoOptions {
  /** Nothing configured yet. */
  fresh?: boolean;
  theme?: Settings["theme"];
  /** Existing runs. */
  runs?: RunView[];
  /** What protects production; nothing without it. */
  guard?: Guard;
  /** Responses that differ from the demo's own. */
  handlers?: Handlers;
}

/** A host that behaves enough like the application to work on the window without it. */
export function demoPlatform(options: DemoOptions = {}): FakePlatform {
  const state = {
    configured: !options.fresh,
    space: "sandbox" as Space,
    settings: { theme: options.theme ?? "system", notifications: true } satisfies Settings as Settings,
    network: {
      settings: { caFile: null, proxy: null, noProxy: null },
      proxyOfEnvironment: false,
      restart: false,
    } satisfies NetworkView as NetworkView,
    sandboxSettings: { replicationDelayMs: 2000, regionsDown: [] } as SandboxSettings,
    accounts: (options.fresh ? [] : [dev, prod]) as Account[],
    plans: new Map<string, PlanView>(),
    runs: options.runs ?? [],
  };
  const status = (): AppStatus => ({
    version: "0.1.0",
    configured: state.configured,
    space: state.space,
    sandbox: state.configured
      ? { state: "running", control: "http://127.0.0.1:4510", notice: null }
      : { state: "unused" },
    keychain: { state: "available" },
    dataDirectory: "~/.local/share/longshore",
    at: new Date().toISOString(),
  });
  const find = (key: RepositoryKey) => {
    const row = repositories.find(
      (each) =>
        each.name === key.repository &&
        each.registry.account === key.registry.account &&
        each.registry.region === key.registry.region,
    );
    if (!row) {
      throw apiError("repository-not-found", `Repository ${key.repository} no longer exists.`, {
        side: "source",
      });
    }
    return row;
  };

  const platform = fakePlatform({
    status,
    show_space: (space: Space) => {
      state.space = space;
      return status();
    },
    start_sandbox: () => {
      state.configured = true;
      state.accounts = [dev, prod];
      return status();
    },
    accounts: () => state.accounts,
    settings: () => state.settings,
    set_settings: (settings: Settings) => {
      state.settings = settings;
      return settings;
    },
    network_settings: () => state.network,
    set_network_settings: (settings: NetworkSettings) => {
      state.network = { ...state.network, settings, restart: true };
      return state.network;
    },
    sandbox_settings: () => state.sandboxSettings,
    set_sandbox_settings: (settings: SandboxSettings) => {
      state.sandboxSettings = settings;
      return settings;
    },
    set_visible: () => null,
    save_text: ({ name }: SaveText) => ({ path: `~/Downloads/${name}` }),
    refresh: () => null,
    registry_settings: (registry: unknown) => ({ registry, blobMounting: false }),
    overview: () => overview(state.space === "sandbox" ? state.accounts : []),
    repositories: (request: ListRepositories) => listRepositories(request, state.space),
    repository: find,
    images: (request: ListImages) => listImages(request, imagesOf(find(request.repository))),
    arrivals: (request: GetArrivals) => arrivals(request, imagesOf(find(request.repository))),
    image_details: imageDetails,
    search,
    client_commands: (request: GetClientCommands) => clientCommands(find(request.repository).uri, request),
    plan: (request: PlanRequest) => {
      const plan = planFor(request, `plan-${state.plans.size + 1}`);
      state.plans.set(plan.id, plan);
      return plan;
    },
    run_plan: ({ plan: id }: RunPlan) => {
      const plan = state.plans.get(id);
      if (!plan) throw apiError("plan-not-found", "The plan no longer exists.");
      const run = finished(plan, `run-${state.runs.length + 1}`);
      state.runs.unshift(run);
      platform.emit({ event: "run", run });
      return { run: run.id };
    },
    runs: ({ scope = EVERYWHERE, state: wanted, text = "", active }: Partial<ListRuns>) => {
      const rows = state.runs.filter(
        (run) =>
          isInScope(run, scope) &&
          (!wanted || run.state === wanted) &&
          (!active || run.state === "running") &&
          run.title.toLowerCase().includes((text ?? "").toLowerCase()),
      );
      return { total: rows.length, rows };
    },
    run: ({ run }: { run: string }) => state.runs.find((each) => each.id === run),
    ...accountHandlers(() => state.accounts),
    ...signInHandlers(),
    ...ownerHandlers(),
    ...guardHandlers(
      options.guard ?? { readOnly: false, sandbox: false, accounts: [], permits: [] },
      () => state.accounts,
    ),
    ...replicationHandlers(),
    ...readinessHandlers(),
    ...comparisonHandlers(),
    ...registriesHandlers(),
    ...costHandlers(),
    ...deletionHandlers(),
    ...lifecycleHandlers(),
    ...permissionHandlers(),
    ...policyHandlers(),
    ...iamHandlers(),
    ...requestHandlers(),
    ...promotionHandlers(),
    ...recordHandlers(),
    ...engineHandlers(),
    cancel_run: ({ run: id }: { run: string }) => {
      const run = state.runs.find((each) => each.id === id);
      if (!run) throw apiError("run-not-found", "The run does not exist.");
      Object.assign(run, {
        state: "cancelled",
        canCancel: false,
        canRetry: true,
        ended: new Date().toISOString(),
      });
      platform.emit({ event: "run", run: structuredClone(run) });
      return null;
    },
    ...options.handlers,
  });
  const { subscribe } = platform;
  platform.subscribe = (onEvent) => {
    const stop = subscribe(onEvent);
    const active = state.runs.filter((run) => run.state === "running");
    for (const run of active) onEvent({ event: "run", run: structuredClone(run) });
    return stop;
  };
  return platform;
}

function overview(accounts: Account[]): Overview {
  return {
    links: accounts.length > 0 ? links : [],
    registries: accounts.flatMap((account, row) =>
      account.regions.map((region, column) => {
        const rows = repositories.filter(
          (each) => each.registry.account === account.id && each.registry.region === region,
        );
        return {
          registry: { space: account.space, account: account.id, region },
          accountName: account.name,
          colour: account.colour,
          repositories: rows.length,
          images: rows.reduce((sum, each) => sum + (each.images ?? 0), 0),
          failed: row === 0 && column === 0 ? 1 : 0,
          inProgress: row === 0 && column === 0 ? 1 : 0,
          asOf: new Date(Date.now() - 40_000).toISOString(),
          problem:
            row === 1 && column === 2
              ? apiError("network", "No answer from Prod / eu-west-1.", { side: "service" })
              : null,
        };
      }),
    ),
  };
}

function listRepositories(request: ListRepositories, space: Space): RepositoryWindow {
  const { scope } = request;
  const sign = request.direction === "descending" ? -1 : 1;
  const rows = (space === "sandbox" ? repositories : [])
    .filter((row) => !scope.account || row.registry.account === scope.account)
    .filter((row) => !scope.region || row.registry.region === scope.region)
    .filter((row) => row.name.includes(request.text))
    .sort((a, b) => {
      if (request.sort === "images") return sign * ((a.images ?? 0) - (b.images ?? 0));
      if (request.sort === "created") return sign * a.created.localeCompare(b.created);
      if (request.sort === "pushed") return sign * (a.pushed ?? "").localeCompare(b.pushed ?? "");
      return sign * a.name.localeCompare(b.name);
    });
  return {
    total: rows.length,
    offset: request.offset,
    rows: rows.slice(request.offset, request.offset + request.limit),
    asOf: new Date(Date.now() - 20_000).toISOString(),
    unread: 0,
    problems: [],
  };
}

function listImages(request: ListImages, all: ReturnType<typeof imagesOf>): ImageWindow {
  const sign = request.direction === "descending" ? -1 : 1;
  const rows = all
    .filter((row) => row.digest.includes(request.text) || row.tags.some((tag) => tag.includes(request.text)))
    .sort((a, b) => {
      if (request.sort === "size") return sign * (a.bytes - b.bytes);
      if (request.sort === "tag") return sign * (a.tags[0] ?? "").localeCompare(b.tags[0] ?? "");
      return sign * a.pushed.localeCompare(b.pushed);
    });
  return {
    total: rows.length,
    offset: request.offset,
    rows: rows.slice(request.offset, request.offset + request.limit),
    asOf: new Date().toISOString(),
    problem: null,
  };
}

/** Every tag arrived where its image is complete. */
function arrivals({ tag, limit }: GetArrivals, images: ReturnType<typeof imagesOf>): Arrivals {
  const found = images.filter((image) => tag === null || image.tags.includes(tag));
  return {
    images: found.slice(0, limit).map(({ digest, tags, replication }) => ({
      digest,
      tags,
      destinations: replication.map(({ destination, state, failureCode }) => ({
        destination,
        state,
        failureCode,
        tags: tags
          .filter((each) => tag === null || each === tag)
          .map((each) => ({ tag: each, digest: state === "complete" ? digest : null })),
        problem: null,
        done: state === "complete",
      })),
    })),
    more: Math.max(0, found.length - limit),
  };
}

function search(request: Search): SearchHits {
  const hits: SearchHit[] = [];
  for (const row of repositories) {
    const repository = { registry: row.registry, repository: row.name };
    if (row.name.includes(request.text)) hits.push({ repository, digest: null, tag: null });
    for (const image of imagesOf(row)) {
      const tag = image.tags.find((each) => each.includes(request.text)) ?? null;
      if (tag || image.digest.includes(request.text)) hits.push({ repository, digest: image.digest, tag });
    }
  }
  return { total: hits.length, hits: hits.slice(0, request.limit) };
}

function planFor(request: PlanRequest, id: string): PlanView {
  if (isPromotion(request)) return demoPromotionPlan(request, id, titles[request.change]);
  const registry =
    request.change === "deleteRepository"
      ? request.repository.registry
      : "registry" in request
        ? request.registry
        : devWest;
  const destructive = request.change.startsWith("delete") || request.change.startsWith("remove");
  if (request.change === "putRule" && request.rule.also) return planOfRows(request, id);
  const toProduction = registry.account === prodWest.account || request.change === "promote";
  return {
    id,
    hash: `hash-${id}`,
    space: registry.space,
    title: titles[request.change],
    steps: [
      {
        text: `${titles[request.change]} in Dev / us-west-2`,
        reason: null,
        registry,
        before: null,
        after: null,
        diff: request.change === "putRule" ? ruleDiff : [],
        permissions: ["ecr:CreateRepository"],
        destructive,
        ...(request.change === "upgradePolicyScope" ? upgraded : {}),
      },
    ],
    stays: destructive ? ["Images already replicated to other registries will be kept."] : [],
    findings: request.change === "promote" && !request.enableBlobMounting ? [mountingOff] : [],
    confirm: destructive && toProduction ? "Prod" : null,
    bytesToMove: request.change === "promote" ? 48_211_337 : 0,
    bytesSaved: 0,
    at: new Date().toISOString(),
    ...(request.change === "runEngineRule" ? { engine: demoEnginePlan() } : {}),
  };
}

/** A rule for several sources: a statement for each destination, then a configuration for each source. */
function planOfRows(request: Extract<PlanRequest, { change: "putRule" }>, id: string): PlanView {
  const sources = [request.rule.registry, ...(request.rule.also ?? [])];
  const row = (text: string, registry: RegistryKey): PlanView["steps"][number] => ({
    text: `${text} ${registry.account} / ${registry.region}`,
    reason: null,
    registry,
    before: null,
    after: null,
    diff: ruleDiff,
    permissions: [],
    destructive: false,
  });
  return blankPlan({
    id,
    hash: `hash-${id}`,
    space: request.rule.registry.space,
    title: `Add a replication rule to ${sources.length} registries`,
    steps: [
      ...request.addStatements.map((to) => row("Allow accounts to replicate into", to)),
      ...sources.map((from) => row("Write the replication configuration of", from)),
    ],
    rows: true,
  });
}

/** What a demo's policy newly says with scope V2. */
const upgraded = {
  newlyAllowed: ["Allow account 777788889999 to pull images from any repository in this registry."],
  newlyDenied: ["Forbid everyone to use `ecr:DeleteRepository` on any repository in this registry."],
};

const mountingOff: Finding = {
  code: "blob-mounting-off",
  severity: "warning",
  text: "Blob mounting is off in Dev / us-west-2, so 48.2 MB are uploaded again.",
  hint: null,
  field: null,
};

const ruleDiff: PlanView["steps"][number]["diff"] = [
  { kind: "same", text: "{" },
  { kind: "removed", text: '  "rules": []' },
  { kind: "added", text: '  "rules": [' },
  { kind: "added", text: "    {" },
  { kind: "added", text: '      "destinations": [{ "region": "us-west-2", "registryId": "444455556666" }],' },
  {
    kind: "added",
    text: '      "repositoryFilters": [{ "filter": "prod-microservice", "filterType": "PREFIX_MATCH" }]',
  },
  { kind: "added", text: "    }" },
  { kind: "added", text: "  ]" },
  { kind: "same", text: "}" },
];

const titles: Record<PlanRequest["change"], string> = {
  createRepository: "Create repository",
  deleteRepository: "Delete repository",
  deleteImages: "Delete images",
  cleanImages: "Clean up images",
  moveImages: "Move images",
  setMutability: "Change tag mutability",
  setBlobMounting: "Change blob mounting",
  putRule: "Add replication rule",
  removeRule: "Remove replication rule",
  addStatement: "Add statement",
  removeStatement: "Remove statement",
  putPolicy: "Replace registry policy",
  putRepositoryPolicy: "Replace repository policy",
  iam: "Change IAM",
  upgradePolicyScope: "Upgrade policy scope",
  startBackfill: "Bring over existing images",
  stopBackfill: "Stop a backfill",
  testRule: "Test a replication rule",
  makeEqual: "Make settings equal",
  makeAllEqual: "Make settings of 2 repositories equal",
  copyMissing: "Copy missing images",
  createRepositories: "Create 2 repositories",
  putLifecycle: "Write lifecycle policy",
  putTemplate: "Create a creation template",
  deleteTemplate: "Delete a creation template",
  promote: "Promote image",
  promoteBuild: "Promote api to production",
  promoteSet: "Promote 2 services from staging to production",
  rollBack: "Roll api back in production",
  replicateAgain: "Replicate again",
  pushSample: "Push a sample image",
  cleanUp: "Clean up",
  restore: "Restore version",
  undo: "Undo: Add a replication rule",
  saveEngineRule: "Save engine rule",
  removeEngineRule: "Remove engine rule",
  runEngineRule: "Run engine rule",
  importEngineRules: "Import engine rules",
};

function finished(plan: PlanView, id: string): RunView {
  return blankRun({
    id,
    space: plan.space,
    title: plan.title,
    steps: plan.steps.map((step) => ({ text: step.text, state: "done", result: null, error: null })),
    bytesMoved: plan.bytesToMove,
    bytesTotal: plan.bytesToMove,
    bytesSaved: plan.bytesSaved,
    ...(plan.unhealed && { unhealed: plan.unhealed }),
  });
}
