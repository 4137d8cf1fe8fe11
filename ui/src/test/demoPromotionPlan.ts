import type { GateView, PlanRequest, PlanView, PromotedBuild } from "../api/types";
import { blankPlan } from "./blank";
import { build } from "./demoPromotion";
import { dev, digest, prod, prodWest } from "./demoWorld";

export type PromotionRequest = Extract<PlanRequest, { change: "promoteBuild" | "promoteSet" | "rollBack" }>;

export function isPromotion(request: PlanRequest): request is PromotionRequest {
  return (
    request.change === "promoteBuild" || request.change === "promoteSet" || request.change === "rollBack"
  );
}

export function gate(more: Partial<GateView> & Pick<GateView, "gate">): GateView {
  return {
    state: "pass",
    evidence: "It is as it must be.",
    satisfiedBy: null,
    notChecked: [],
    noOverride: false,
    ...more,
  };
}

const age = gate({
  gate: "minimum_age",
  evidence: "The build has been in `staging` for 26 hours; 1 day is needed.",
});

/** Gates of production: one of each state. */
export function demoGates(overridden: boolean, approved: boolean): GateView[] {
  return [
    age,
    gate({
      gate: "labels",
      state: overridden ? "overridden" : "fail",
      evidence: "`org.opencontainers.image.revision` is empty.",
      satisfiedBy: "Build it with the label. Has the build `ARG` the same name?",
    }),
    gate({
      gate: "scan",
      state: "amber",
      evidence: "The registry has no scan result for `linux/arm64`.",
      satisfiedBy: "Scan the image, and plan again.",
      notChecked: ["Base images are not scanned by themselves."],
    }),
    gate({
      gate: "approvals",
      state: approved ? "pass" : overridden ? "overridden" : "fail",
      evidence: approved ? "Approved by bob." : "0 of 1 approvals are there.",
      satisfiedBy: approved ? null : "Ask someone else to approve the request.",
    }),
  ];
}

function promoted(service: string, stage: string, more: Partial<PromotedBuild> = {}): PromotedBuild {
  const production = stage === "production";
  const registries = production ? [`${prod.id}/us-west-2`, `${prod.id}/eu-west-1`] : [`${dev.id}/us-west-2`];
  return {
    service,
    digest: build(service, "1.4.2"),
    tag: "1.4.2",
    source: `${dev.id}/us-west-2 staging-${service}`,
    sourceTag: "1.4.2",
    before: build(service, "1.4.0"),
    gates: [age],
    standing: "go",
    reason: null,
    hold: null,
    overridden: null,
    holds: false,
    destinations: registries.map((registry) => ({
      registry,
      repository: `${stage}-${service}`,
      replicated: registry.endsWith("eu-west-1"),
      tags: [
        { tag: "1.4.2", change: "create", from: null },
        { tag: "1.4", change: "move", from: build(service, "1.4.0") },
      ],
      copyStep: 0,
      tagStep: 1,
    })),
    referrers: [digest(`${service} sbom`)],
    planHash: "7e57".repeat(16),
    ...more,
  };
}

/** The plan of a promotion: into production, gates stop it until they are overridden. */
export function demoPromotionPlan(request: PromotionRequest, id: string, title: string): PlanView {
  const { stage } = request;
  const overridden = request.overrideReason !== null;
  const approved = "approvals" in request && request.approvals.length > 0;
  const isGated = stage === "production" && request.change !== "rollBack";
  const stopped = isGated && !overridden;
  const gates = isGated ? demoGates(overridden, approved) : [age];
  const more: Partial<PromotedBuild> = {
    gates,
    standing: stopped ? "stopped" : "go",
    reason: stopped ? "Stopped by labels, approvals." : null,
    overridden: request.overrideReason,
    holds: request.change === "rollBack",
  };
  const builds =
    request.change === "promoteSet"
      ? [promoted("cart", stage), promoted("search", stage, more)]
      : [promoted(request.service, stage, more)];
  const step = (text: string): PlanView["steps"][number] => ({
    text,
    reason: null,
    registry: prodWest,
    before: null,
    after: null,
    diff: [],
    permissions: ["ecr:PutImage"],
    destructive: false,
  });
  return blankPlan({
    id,
    hash: `hash-${id}`,
    title,
    steps: [
      step("Copy the build by its digest, and prove that it is complete"),
      step("Write the tag `1.4.2` and move `1.4`"),
    ],
    bytesToMove: 48_211_337,
    findings: stopped
      ? [
          {
            code: "promotion-gate",
            severity: "error",
            text: "`labels` stops the promotion.",
            hint: "Do what the gate says would satisfy it, or override it with a reason.",
            field: null,
          },
        ]
      : [],
    promotion: {
      path: request.path,
      from: request.change === "rollBack" ? stage : stage === "production" ? "staging" : "dev",
      stage,
      requestedBy: "alice",
      set: request.change === "promoteSet" ? digest("set") : null,
      builds,
      skipped:
        request.change === "promoteSet" ? [{ service: "api", reason: "The stage is held by alice." }] : [],
    },
  });
}
