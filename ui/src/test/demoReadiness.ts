import type {
  BackfillFailure,
  BackfillView,
  BringOver,
  GetReadiness,
  Readiness,
  ReadinessCheck,
} from "../api/types";
import { apiError, type Handlers } from "../platform/fake";
import { demoTemplate } from "./demoTemplates";
import { devWest, digest, prod, prodWest, registry } from "./demoWorld";

/** A check of the demo, about the destination. */
export function readinessCheck(more: Partial<ReadinessCheck> & Pick<ReadinessCheck, "id">): ReadinessCheck {
  return {
    outcome: "ok",
    place: "destination",
    registry: prodWest,
    text: "It is as it must be.",
    evidence: [],
    fix: null,
    ...more,
  };
}

const statement = '{\n  "Sid": "ReplicationAccessCrossAccount"\n}';

/** The checks of `rule-1`: one of each outcome, and two that are OK. */
export function demoChecks(): ReadinessCheck[] {
  return [
    readinessCheck({
      id: "identity",
      text: "Longshore acts in account 444455556666.",
      place: "source",
      registry: devWest,
    }),
    readinessCheck({
      id: "repository-policy-denies",
      outcome: "unknown",
      text: "Whether a repository policy denies it is not known. The caller may not read it.",
    }),
    readinessCheck({
      id: "template-missing",
      outcome: "warning",
      text: "Prod has no creation template for replication, so `prod-microservice` will have mutable tags.",
      fix: {
        kind: "put_creation_template",
        text: "Create a creation template in Prod.",
        plans: [],
        copy: '{"prefix":"ROOT","appliedFor":["REPLICATION"],"encryptionConfiguration":{"encryptionType":"KMS"}}',
      },
    }),
    readinessCheck({
      id: "statement-missing",
      outcome: "failed",
      text: "The policy of Prod does not allow Dev to replicate.",
      evidence: [
        { request: "GetRegistryPolicy of 444455556666 in us-west-2", answer: '{"Version":"2012-10-17"}' },
      ],
      fix: {
        kind: "add_statement",
        text: "Add the statement to the policy of Prod.",
        plans: [{ change: "putPolicy", registry: prodWest, text: statement }],
        copy: statement,
      },
    }),
    readinessCheck({ id: "limits", text: "1 of 10 rules is used.", place: "source", registry: devWest }),
  ];
}

function readiness({ registry: where, rule, planned }: GetReadiness): Readiness {
  if (planned) {
    const sentence = "Every image of the rule's repositories is replicated.";
    return { ready: false, rules: [{ rule: null, sentence, ready: false, checks: demoChecks() }] };
  }
  if (where.account !== devWest.account || where.region !== devWest.region) {
    throw apiError("no-rules", "The registry has no replication rules.", { side: "input" });
  }
  const rules = [
    {
      rule: "rule-1",
      sentence: "Every image of `prod-microservice` is replicated.",
      ready: false,
      checks: demoChecks(),
    },
    {
      rule: "rule-2",
      sentence: "Every image is replicated to Dev / eu-west-1.",
      ready: true,
      checks: [readinessCheck({ id: "identity", place: "source", registry: devWest })],
    },
  ].filter((each) => !rule || each.rule === rule);
  return { ready: rules.every((each) => each.ready), rules };
}

/** A backfill of the demo. */
export function demoBackfill(more: Partial<BackfillView> = {}): BackfillView {
  return {
    id: "backfill-1",
    destination: prodWest,
    status: "inProgress",
    failureCode: null,
    total: 40,
    completed: 10,
    failed: 0,
    failureCodes: [],
    started: new Date(Date.now() - 60_000).toISOString(),
    ended: null,
    ...more,
  };
}

function backfills(): BackfillView[] {
  const ended = new Date(Date.now() - 3_600_000).toISOString();
  return [
    demoBackfill(),
    demoBackfill({
      id: "backfill-2",
      destination: registry(prod.id, "us-east-2"),
      status: "complete",
      completed: 38,
      failed: 2,
      failureCodes: ["ImageTagAlreadyExists"],
      started: new Date(Date.now() - 7_200_000).toISOString(),
      ended,
    }),
  ];
}

function failures(): BackfillFailure[] {
  return [
    {
      repository: "prod-microservice",
      tag: "21",
      digest: digest("prod-microservice21"),
      codes: ["ImageTagAlreadyExists"],
    },
    { repository: "prod-microservice", tag: "20", digest: null, codes: [] },
  ];
}

const bringOver: BringOver = {
  way: "backfill",
  reasons: ["ECR can do all of it on its own (3 images as far as they are known)."],
};

/** Readiness, backfills and templates of the demo. */
export function readinessHandlers(): Handlers {
  return {
    readiness,
    bring_over: () => bringOver,
    backfills,
    backfill_failures: failures,
    templates: () => [demoTemplate()],
  };
}
