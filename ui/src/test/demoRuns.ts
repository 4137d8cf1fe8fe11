import type { RunStep, RunView } from "../api/types";
import { apiError } from "../platform/fake";
import { signedOut } from "./demoSignIn";
import { devWest, digest, prodWest } from "./demoWorld";

/** A current run, a failed one and a finished one, for tests and for work on the window alone. */
export function demoRuns(): RunView[] {
  const at = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
  const layer = (
    name: string,
    moved: number,
    total: number,
    action: RunView["images"][0]["layers"][0]["action"],
  ) => ({
    digest: digest(name),
    moved,
    total,
    action,
  });
  const base = {
    space: "sandbox",
    ended: null,
    error: null,
    images: [],
    bytesMoved: 0,
    bytesTotal: 0,
    bytesSaved: 0,
    canCancel: false,
    canRetry: false,
    versions: [],
  } satisfies Partial<RunView>;
  return [
    {
      ...base,
      id: "run-active",
      title: "Promote dev-microservice:42 to prod-microservice:21",
      state: "running",
      started: at(0.4),
      canCancel: true,
      bytesMoved: 21_400_000,
      bytesTotal: 48_211_337,
      bytesSaved: 31_000_000,
      steps: [
        { text: "Turn blob mounting on in Dev / us-west-2", state: "done", result: "It is on.", error: null },
        { text: "Copy the image to prod-microservice:21", state: "running", result: null, error: null },
      ],
      images: [
        {
          source: "127.0.0.1:4511/dev-microservice:42",
          destination: "127.0.0.1:4511/prod-microservice:21",
          digest: digest("dev-microservice42"),
          state: "running",
          error: null,
          layers: [
            layer("a", 0, 31_000_000, "mounted"),
            layer("b", 17_200_000, 17_200_000, "uploaded"),
            layer("c", 4_200_000, 31_011_337, "uploading"),
            layer("d", 0, 7_211, "waiting"),
            layer("e", 0, 1_466, "present"),
          ],
        },
      ],
    },
    {
      ...base,
      id: "run-failed",
      title: "Add replication rule",
      state: "failed",
      started: at(14),
      ended: at(13.9),
      canRetry: true,
      error: apiError("changed-elsewhere", "The configuration was changed elsewhere after the review.", {
        side: "source",
        hint: "Plan again.",
      }),
      steps: [
        { text: "Add the statement to Prod / us-west-2", state: "done", result: "Written.", error: null },
        {
          text: "Write the rule into Dev / us-west-2",
          state: "failed",
          result: null,
          error: apiError("changed-elsewhere", "The configuration is no longer what the plan was made for.", {
            side: "source",
          }),
        },
      ],
      versions: [{ id: "version-1", kind: "registry policy", registry: prodWest, at: at(13.9) }],
    },
    {
      ...base,
      id: "run-done",
      title: "Create repository prod-microservice",
      state: "done",
      started: at(120),
      ended: at(119.98),
      steps: [{ text: "Create repository `prod-microservice`", state: "done", result: null, error: null }],
    },
  ];
}

/** A run that adds a rule to several sources and fails at one: it continued, or ended there. */
export function runOfRows(goesOn: boolean): RunView {
  const at = new Date(Date.now() - 60_000).toISOString();
  const error = apiError(
    "changed-elsewhere",
    "The configuration was changed elsewhere since this was planned.",
    {
      hint: "Nothing was written. Check the current document and plan again.",
    },
  );
  const row = (text: string, more: Partial<RunStep> = {}): RunStep => ({
    text,
    state: "done",
    result: "written and read back",
    error: null,
    ...more,
  });
  return {
    id: "run-rows",
    space: "sandbox",
    title: "Add a replication rule to 3 registries",
    state: "failed",
    started: at,
    ended: at,
    steps: [
      row("Allow accounts Dev and Team to replicate into Prod / us-west-2", { registry: prodWest }),
      row("Write the replication configuration of Dev / us-west-2", { registry: devWest }),
      row("Write the replication configuration of Dev / eu-west-1", { state: "failed", result: null, error }),
      row(
        "Write the replication configuration of Team / us-west-2",
        goesOn ? {} : { state: "waiting", result: null },
      ),
    ],
    images: [],
    bytesMoved: 0,
    bytesTotal: 0,
    bytesSaved: 0,
    error,
    canCancel: false,
    canRetry: true,
    versions: [
      { id: "version-policy", kind: "registry policy", registry: prodWest, at },
      { id: "version-rules", kind: "replication configuration", registry: devWest, at },
    ],
    counts: { done: goesOn ? 3 : 2, failed: 1, stopped: 0, notStarted: goesOn ? 0 : 1 },
  };
}

/** The same while the current run waits until somebody has signed in again. */
export function waitingRuns(): RunView[] {
  const { problem } = signedOut;
  return demoRuns().map((run) => (run.state === "running" && problem ? { ...run, waiting: problem } : run));
}

/** The run that tested a rule, with the step of its verdict. */
export function testRun(state: RunView["state"], verdict: Partial<RunStep> = {}): RunView {
  const at = new Date(Date.now() - 60_000).toISOString();
  const step = (text: string, more: Partial<RunStep> = {}): RunStep => ({
    text,
    state: "done",
    result: null,
    error: null,
    ...more,
  });
  return {
    id: "run-test",
    space: "sandbox",
    title: "Test a replication rule of Dev / us-west-2",
    state,
    started: at,
    ended: at,
    steps: [step("Wait for it in Prod / us-west-2"), step("Say whether the rule works", verdict)],
    images: [],
    bytesMoved: 0,
    bytesTotal: 0,
    bytesSaved: 0,
    error: null,
    canCancel: false,
    canRetry: state !== "done",
    versions: [],
    request: { change: "testRule", registry: devWest, rule: "rule-1" },
  };
}
