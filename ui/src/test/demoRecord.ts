import type { ApprovalKey, BuildView, OpenedPromotionRequest, PromotionEntry } from "../api/types";
import type { Handlers } from "../platform/fake";
import { ago, build } from "./demoPromotion";
import { demoGates } from "./demoPromotionPlan";
import { dev, digest, prod } from "./demoWorld";

const hash = (seed: string) => digest(seed).slice("sha256:".length);

export function entry(more: Partial<PromotionEntry> & Pick<PromotionEntry, "sequence">): PromotionEntry {
  return {
    hash: hash(`entry ${more.sequence}`),
    at: ago(10),
    event: "promoted",
    holds: false,
    by: "alice",
    path: "shop",
    stage: "production",
    service: "api",
    digest: build("api", "1.4.2"),
    destinations: [],
    gates: [],
    overrideReason: null,
    approvers: [],
    planHash: null,
    reason: null,
    ...more,
  };
}

/** The record of the demo, newest first. */
export const demoEntries = (): PromotionEntry[] => [
  entry({ sequence: 3, event: "blocked", by: "bob", path: null, stage: null, service: null, reason: "CVE" }),
  entry({ sequence: 2, event: "held", at: ago(20), reason: "rolled back after errors at checkout" }),
  entry({
    sequence: 1,
    at: ago(26),
    digest: build("api", "1.4.1"),
    destinations: [
      {
        registry: `${prod.id}/us-west-2`,
        repository: "prod-api",
        tag: "1.4.1",
        before: build("api", "1.4.0"),
      },
    ],
    gates: demoGates(true, true),
    overrideReason: "Agreed with security",
    approvers: ["bob"],
    planHash: hash("plan"),
  }),
];

export const openedRequest = (): OpenedPromotionRequest => ({
  hash: hash("request"),
  path: "shop",
  stage: "production",
  service: "api",
  digest: build("api", "1.4.2"),
  tag: "1.4.2",
  planHash: hash("plan"),
  requestedBy: "alice",
  created: ago(1),
  expires: ago(-160),
  reason: "Release of the week",
});

export const demoKeys = (): ApprovalKey[] => [
  { name: "bob", public: `ed25519:${hash("bob").slice(0, 43)}`, own: true, at: ago(400) },
  { name: "carol", public: `ed25519:${hash("carol").slice(0, 43)}`, own: false, at: ago(90) },
];

export const demoBuild = (): BuildView => ({
  service: "api",
  digest: build("api", "1.4.2"),
  commit: "9f3c2ab77d0e1c5f8a6b4d2e0c1f3a5b7d9e8f60",
  labels: [
    { name: "org.opencontainers.image.revision", value: "9f3c2ab77d0e1c5f8a6b4d2e0c1f3a5b7d9e8f60" },
    { name: "git-branch", value: "" },
  ],
  annotations: [{ name: "org.opencontainers.image.created", value: "2026-11-30T09:00:00Z" }],
  platforms: [
    { platform: "linux/amd64", digest: digest("amd64"), bytes: 48_211_337 },
    { platform: "linux/arm64", digest: digest("arm64"), bytes: 46_102_004 },
  ],
  referrers: [digest("sbom"), digest("signature")],
  problem: null,
  places: [
    { stage: "dev", place: `${dev.id}/us-west-2 dev-api`, tags: ["1.4.2", "git-9f3c2ab"], since: ago(50) },
    { stage: "staging", place: `${dev.id}/us-west-2 staging-api`, tags: ["1.4.2"], since: ago(26) },
  ],
  history: demoEntries().slice(2),
  block: null,
});

/** The record, builds, requests and keys of the demo. */
export function recordHandlers(): Handlers {
  return {
    promotions: demoEntries,
    promotion: ({ sequence }: { sequence: number }) =>
      demoEntries().find((each) => each.sequence === sequence),
    promotions_at: () => demoEntries().slice(2),
    verify_promotions: () => ({ entries: 3, hash: hash("entry 3"), anchored: 3 }),
    build: demoBuild,
    request_promotion: () => ({ hash: hash("request"), text: '{"longshore":"…"}', request: openedRequest() }),
    open_promotion_request: openedRequest,
    approve_promotion: () => ({ text: '{"approval":"…"}', approver: "bob", request: openedRequest() }),
    approval_keys: demoKeys,
    create_approval_key: () => demoKeys()[0],
    enrol_approval_key: () => demoKeys()[1],
    forget_approval_key: () => null,
  };
}
