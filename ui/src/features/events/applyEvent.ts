import type { QueryClient } from "@tanstack/react-query";
import { keys, registryId } from "../../api/keys";
import type { AppEvent, RunState, RunView } from "../../api/types";

/** Whether a run in this state has ended. */
export function hasEnded(state: RunState): boolean {
  return state !== "waiting" && state !== "running";
}

/** Updates the window's data after an event: the one place that knows which event makes which data stale. */
export function applyEvent(client: QueryClient, event: AppEvent): void {
  const stale = (...queryKeys: (readonly unknown[])[]) => {
    for (const queryKey of queryKeys) void client.invalidateQueries({ queryKey });
  };
  switch (event.event) {
    case "snapshot":
      client.setQueryData<RunView[]>(keys.activeRuns, event.runs);
      for (const run of event.runs) client.setQueryData(keys.run(run.id), run);
      break;
    case "run":
      applyRun(client, event.run, stale);
      break;
    case "accounts":
      stale(
        keys.status,
        keys.accounts,
        keys.profiles,
        keys.guard,
        keys.ssoSessions,
        keys.signIns,
        keys.settings,
        keys.sandboxSettings,
        keys.overview,
        keys.repositories,
      );
      break;
    case "registry":
      stale(
        keys.repositories,
        ["repository", registryId(event.registry)],
        keys.registrySettings(event.registry),
        keys.keptVersions(event.registry),
        keys.overview,
        keys.search,
        keys.enginePreview,
      );
      break;
    case "repository":
      stale(
        keys.images(event.repository),
        keys.repository(event.repository),
        keys.repositories,
        keys.overview,
        keys.search,
        keys.enginePreview,
      );
      break;
    case "replication":
      stale(
        keys.replication(event.registry),
        keys.keptVersions(event.registry),
        keys.overview,
        keys.recentReplications,
      );
      break;
    case "engineRules":
      stale(keys.engineRules);
      break;
    case "promotions":
      stale(keys.promotions);
      break;
    case "policy":
      stale(
        keys.policy(event.registry),
        keys.keptVersions(event.registry),
        keys.recentReplications,
        keys.otherSides,
        // Whether a destination allows a rule is a finding about the rule, of any registry.
        ["replication"],
      );
      break;
    case "iam":
      stale(keys.iam, keys.keptVersions(event.registry));
      break;
    case "replicationStatus":
      stale(keys.images(event.repository), keys.recentReplications, keys.overview);
      break;
    case "notice":
    case "closeRequested":
      break;
  }
}

function applyRun(client: QueryClient, run: RunView, stale: (...keys: (readonly unknown[])[]) => void) {
  client.setQueryData(keys.run(run.id), run);
  const before = client.getQueryData<RunView[]>(keys.activeRuns) ?? [];
  const known = before.some((each) => each.id === run.id);
  const ended = hasEnded(run.state);
  if (ended) {
    client.setQueryData(
      keys.activeRuns,
      before.filter((each) => each.id !== run.id),
    );
  } else {
    client.setQueryData(
      keys.activeRuns,
      known ? before.map((each) => (each.id === run.id ? run : each)) : [run, ...before],
    );
  }
  // An engine rule shows its last run.
  if (run.rule && (ended || !known)) stale(keys.engineRules);
  // A run starts or stops a backfill, whose progress is ECR's, or changes a creation template, or a setting
  // that is compared.
  if (ended) stale(keys.backfills, keys.templates, keys.comparison, keys.compared);
  // The history changes only when a run begins or ends, not with each byte.
  if (ended || !known) stale(keys.runs);
}
