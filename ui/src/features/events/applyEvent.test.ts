import { QueryClient } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";
import { keys } from "../../api/keys";
import type { RunState, RunView } from "../../api/types";
import { devWest, prodWest } from "../../test/demoWorld";
import { applyEvent } from "./applyEvent";

function run(id: string, state: RunState): RunView {
  return {
    id,
    space: "sandbox",
    title: "Promote image",
    state,
    started: "2026-11-20T09:00:00Z",
    ended: null,
    steps: [],
    images: [],
    bytesMoved: 0,
    bytesTotal: 0,
    bytesSaved: 0,
    error: null,
    canCancel: true,
    canRetry: false,
    versions: [],
  };
}

function withData(...queryKeys: (readonly unknown[])[]) {
  const client = new QueryClient();
  for (const queryKey of queryKeys) client.setQueryData(queryKey, {});
  const isStale = (queryKey: readonly unknown[]) => client.getQueryState(queryKey)?.isInvalidated;
  return { client, isStale };
}

describe("an event makes stale what it is about", () => {
  it("images of the repository that changed, and not those of another", () => {
    const here = { registry: devWest, repository: "dev-microservice" };
    const there = { registry: prodWest, repository: "dev-microservice" };
    const { client, isStale } = withData(keys.images(here), keys.images(there), keys.policy(devWest));
    applyEvent(client, { event: "repository", repository: here });
    expect(isStale(keys.images(here))).toBe(true);
    expect(isStale(keys.images(there))).toBe(false);
    expect(isStale(keys.policy(devWest))).toBe(false);
  });

  it("the policy of the registry that changed", () => {
    const { client, isStale } = withData(keys.policy(devWest), keys.policy(prodWest));
    applyEvent(client, { event: "policy", registry: prodWest });
    expect(isStale(keys.policy(devWest))).toBe(false);
    expect(isStale(keys.policy(prodWest))).toBe(true);
  });

  it("the rules of all registries, which say whether their destinations allow them", () => {
    const { client, isStale } = withData(keys.replication(devWest));
    applyEvent(client, { event: "policy", registry: prodWest });
    expect(isStale(keys.replication(devWest))).toBe(true);
  });

  it("the rows of every list of repositories", () => {
    const list = [...keys.repositories, { text: "dev" }, { page: 0 }];
    const { client, isStale } = withData(list);
    applyEvent(client, { event: "registry", registry: devWest });
    expect(isStale(list)).toBe(true);
  });
});

describe("runs", () => {
  it("are kept while they are under way and go when they end", () => {
    const client = new QueryClient();
    applyEvent(client, { event: "snapshot", runs: [run("a", "running")] });
    applyEvent(client, { event: "run", run: run("b", "running") });
    const active = () => client.getQueryData<RunView[]>(keys.activeRuns)?.map((each) => each.id);
    expect(active()).toEqual(["b", "a"]);
    applyEvent(client, { event: "run", run: { ...run("a", "running"), bytesMoved: 7 } });
    expect(active()).toEqual(["b", "a"]);
    expect(client.getQueryData<RunView>(keys.run("a"))?.bytesMoved).toBe(7);
    applyEvent(client, { event: "run", run: run("a", "done") });
    expect(active()).toEqual(["b"]);
    expect(client.getQueryData<RunView>(keys.run("a"))?.state).toBe("done");
  });

  it("make the history stale when one begins or ends, not with each byte", () => {
    const { client, isStale } = withData(keys.runs);
    applyEvent(client, { event: "run", run: run("a", "running") });
    expect(isStale(keys.runs)).toBe(true);
    client.setQueryData(keys.runs, {});
    applyEvent(client, { event: "run", run: { ...run("a", "running"), bytesMoved: 7 } });
    expect(isStale(keys.runs)).toBe(false);
    applyEvent(client, { event: "run", run: run("a", "failed") });
    expect(isStale(keys.runs)).toBe(true);
  });
});
