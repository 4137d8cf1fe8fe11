import type { Scene } from "./scene";

const BOARD = "/promotion/board?space=sandbox&path=shop";

const BUILD = "/promotion/build?space=sandbox&path=shop&service=api&stage=staging";
const PATH = "/promotion/path?space=sandbox&path=shop";

/** Paths, boards, builds, and what is promoted. */
export const promotionScenes: Record<string, Scene> = {
  paths: { address: "/promotion", actions: ["path-open-shop"] },
  "no paths": { address: "/promotion", options: () => ({ handlers: { paths: () => [] } }) },
  "the dialog that promotes a build": {
    address: BOARD,
    actions: ["promote-api-dev", "dialog-promote-build-review", "plan-run"],
  },
  "a promotion that gates stop": {
    address: BOARD,
    actions: [
      "promote-api-staging",
      "dialog-promote-build-review",
      "approval-open",
      "override-open",
      { type: "override-reason", text: "Agreed with security" },
      "override-plan",
    ],
  },
  "the plan of a release set": {
    address: BOARD,
    actions: ["release-set", "release-set-menu-staging", "plan-run"],
  },
  "the dialog that rolls back": {
    address: BOARD,
    actions: [
      "cell-actions-cart-production",
      "cell-menu-rollBack",
      { type: "roll-back-reason", text: "Errors at checkout" },
      "dialog-roll-back-review",
      "plan-run",
    ],
  },
  "the dialog that holds a stage": {
    address: BOARD,
    actions: ["cell-actions-cart-production", "cell-menu-hold", "hold-submit"],
  },
  "the dialog that resumes a stage": {
    address: BOARD,
    actions: ["cell-actions-api-production", "cell-menu-resume", "confirm-action"],
  },
  "the dialog that blocks a build": {
    address: BOARD,
    actions: [
      "cell-actions-cart-production",
      "cell-menu-block",
      { type: "block-reason", text: "CVE-2026-1" },
      "block-submit",
    ],
  },
  "the dialog that unblocks a build": {
    address: BOARD,
    actions: ["cell-actions-mail-staging", "cell-menu-unblock", "confirm-action"],
  },
  "a new path": { address: "/promotion/path?space=sandbox", actions: ["path-save"] },
  "a path with an error": {
    address: PATH,
    actions: [{ paste: "path-text", text: "# wrong" }],
  },
  "a path": { address: PATH, actions: ["trust-9f3c9f3c9f3c", "confirm-action"] },
  "the dialog that removes a path": { address: PATH, actions: ["path-remove", "confirm-action"] },
  "the dialog that requests an approval": {
    address: BOARD,
    actions: [
      "cell-actions-api-staging",
      "cell-menu-request-production",
      "request-promotion-submit",
      "promotion-request-written-save-text",
    ],
  },
  "the record": { address: "/promotion?tab=record", actions: ["record-moves"] },
  "what every stage had": {
    address: "/promotion?tab=record",
    actions: ["record-at-open", { type: "record-at", text: "2026-11-30T12:00" }, "record-at-show"],
  },
  "a verified record": { address: "/promotion?tab=record", actions: ["record-verify"] },
  "the keys of approvals": { address: "/promotion?tab=approvals" },
  "the dialog that creates a key": {
    address: "/promotion?tab=approvals",
    actions: ["key-create", { type: "key-name", text: "dora" }, "key-submit"],
  },
  "the dialog that enrols a key": {
    address: "/promotion?tab=approvals",
    actions: [
      "key-enrol",
      { type: "key-name", text: "dora" },
      { type: "key-public", text: "ed25519:AAAA" },
      "key-submit",
    ],
  },
  "the dialog that forgets a key": {
    address: "/promotion?tab=approvals",
    actions: ["key-forget-carol", "confirm-action"],
  },
  "the dialog that approves": {
    address: "/promotion?tab=approvals",
    actions: [
      "promotion-request-open",
      { paste: "promotion-request-text", text: "a request" },
      "promotion-request-submit",
      "approve-submit",
      "approval-written-save-text",
    ],
  },
  "a build": { address: `${BUILD}&build=1.4.2` },
  "the dialog that blocks a build from its page": {
    address: `${BUILD}&build=1.4.2`,
    actions: ["build-block", { type: "block-reason", text: "CVE-2026-1" }, "block-submit"],
  },
  board: { address: BOARD, actions: ["board-compact", "board-refresh"] },
};
