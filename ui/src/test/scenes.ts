import type { AppStatus } from "../api/types";
import { apiError } from "../platform/fake";
import { connectedAccount, keyForgotten, waiting } from "./demoAccounts";
import { demoEngineRules, demoEngineRun, engineHandlers } from "./demoEngine";
import { demoGuard, demoPermit, scheduledRule, unlockedGuard } from "./demoGuard";
import { policiesOfV1 } from "./demoPermissions";
import type { DemoOptions } from "./demoPlatform";
import { expectedText, receiptText, requestText } from "./demoRequests";
import { demoRuns, runOfRows, testRun, waitingRuns } from "./demoRuns";
import { demoSession, signedInSession, signedOut, signInHandlers } from "./demoSignIn";
import { dev, digest, prod } from "./demoWorld";
import { documentScenes } from "./documentScenes";
import { iamScenes } from "./iamScenes";
import { policyScenes } from "./policyScenes";
import { promotionScenes } from "./promotionScenes";
import { registryScenes } from "./registryScenes";
import type { Scene } from "./scene";

const WEST = `account=%22${dev.id}%22&region=us-west-2`;
const PROD = `account=%22${prod.id}%22&region=us-west-2`;
const REPOSITORY = `/images/repository?space=sandbox&${WEST}&repository=prod-microservice`;
const IMAGE = `${REPOSITORY}&image=${digest("prod-microservice19")}`;
const REPLICATED = `${REPOSITORY}&image=${digest("prod-microservice18")}`;
const PROD_REPOSITORY = `/images/repository?space=sandbox&${PROD}&repository=prod-microservice`;
const NATIVE = `/replication/edit?space=sandbox&${WEST}`;
const ENGINE = `/replication/engine?space=sandbox&${WEST}`;
const READINESS = `/replication/readiness?space=sandbox&${WEST}`;
const CLEAN_UP = `/replication/clean-up?space=sandbox&${WEST}&rule=rule-1`;
const engineRules = (): DemoOptions => ({ handlers: engineHandlers(demoEngineRules()) });
const inAws = (): AppStatus => ({
  version: "0.1.0",
  configured: true,
  space: "aws",
  sandbox: { state: "unused" },
  keychain: { state: "available" },
  dataDirectory: "~/.local/share/longshore",
  at: new Date().toISOString(),
});
const runs = (): DemoOptions => ({ runs: demoRuns() });

/** Every screen and every dialog of the window. */
export const scenes: Record<string, Scene> = {
  welcome: { address: "/", options: () => ({ fresh: true }), actions: ["try-sandbox"] },
  overview: { address: "/overview" },
  "the run drawer": {
    address: "/overview",
    options: runs,
    actions: ["run-drawer-toggle", "run-drawer-run-run-active"],
  },
  "the search box": { address: "/overview", actions: [{ type: "global-search", text: "git-9f3c" }] },
  search: { address: "/search?q=micro" },
  images: { address: "/images", actions: ["images-refresh"] },
  "the dialog that creates a repository": {
    address: "/images",
    actions: [
      "create-repository",
      { type: "create-name", text: "new" },
      "dialog-create-repository-review",
      "plan-run",
    ],
  },
  repository: { address: REPOSITORY },
  "the dialog that deletes a repository": {
    address: REPOSITORY,
    actions: ["repository-actions", "repository-menu-delete"],
  },
  "the dialog that restores images": {
    address: REPOSITORY,
    actions: [
      "repository-actions",
      "repository-menu-restore",
      { type: "restore-images", text: "git-9f3c" },
      "dialog-restore-review",
    ],
  },
  "the dialog that exports a repository": {
    address: REPOSITORY,
    actions: ["repository-actions", "repository-menu-export", "export-terraform"],
  },
  "the dialog that compares settings": {
    address: REPOSITORY,
    actions: [
      "repository-actions",
      "repository-menu-compare",
      "policy-show",
      "lifecycle-policy-save",
      "make-equal",
      "plan-run",
    ],
  },
  "the dialog of commands": { address: REPOSITORY, actions: ["repository-commands"] },
  "the dialog that pushes a sample": {
    address: REPOSITORY,
    actions: ["push-sample", "dialog-sample-review", "plan-run"],
  },
  "the dialog that promotes": {
    address: REPOSITORY,
    actions: [
      "promote-21",
      { type: "promote-repository", text: "release" },
      "dialog-promote-review",
      "plan-run",
    ],
  },
  image: { address: IMAGE, actions: ["replicate-again"] },
  "a replicated image": { address: REPLICATED, actions: ["arrivals-again"] },
  "an image's contents": { address: IMAGE, actions: ["image-tab-contents", "read-contents"] },
  "an image's commands": { address: IMAGE, actions: ["image-tab-commands"] },
  replication: { address: `/replication?${WEST}` },
  "recent images": { address: `/replication?${WEST}&tab=recent` },
  "the replication document": { address: `/replication?${WEST}&tab=document` },
  "the replication's export": {
    address: `/replication?${WEST}&tab=export`,
    actions: ["export-text-save"],
  },
  "engine rules": { address: `/replication?${WEST}`, options: engineRules, actions: ["engine-rule-run"] },
  "the plan of an engine rule": {
    address: `/replication?${WEST}`,
    options: engineRules,
    actions: ["engine-rule-plan", "plan-run"],
  },
  "the dialog that exports an engine rule": {
    address: `/replication?${WEST}`,
    options: engineRules,
    actions: ["engine-rule-actions", "engine-rule-menu-export", "engine-export-save"],
  },
  "the dialog that grants a permit": {
    address: `/replication?${WEST}`,
    options: () => ({ guard: demoGuard(), handlers: engineHandlers([scheduledRule()]) }),
    actions: ["permit-grant", { type: "permit-typed", text: "Prod" }, "permit-submit"],
  },
  "a permit of an engine rule": {
    address: `/replication?${WEST}`,
    options: () => ({
      guard: demoGuard({ permits: [demoPermit()] }),
      handlers: engineHandlers([scheduledRule()]),
    }),
    actions: ["permit-revoke"],
  },
  "a plan for a locked account": {
    address: PROD_REPOSITORY,
    options: () => ({ guard: demoGuard() }),
    actions: [
      "repository-actions",
      "repository-menu-delete",
      "dialog-delete-repository-review",
      { type: "confirm-typed", text: "Prod" },
      "plan-run",
    ],
  },
  "a plan in read-only mode": {
    address: PROD_REPOSITORY,
    options: () => ({ guard: demoGuard({ readOnly: true }) }),
    actions: [
      "repository-actions",
      "repository-menu-delete",
      "dialog-delete-repository-review",
      "plan-leave-read-only",
      "confirm-action",
    ],
  },
  "an unlocked account": {
    address: "/overview",
    options: () => ({ guard: unlockedGuard() }),
    actions: [`guard-lock-${prod.id}`],
  },
  "read-only mode": {
    address: "/overview",
    options: () => ({ guard: demoGuard({ readOnly: true }) }),
    actions: ["leave-read-only", "confirm-action"],
  },
  "the dialog that unlocks an account": {
    address: "/settings?tab=sandbox",
    options: () => ({ guard: demoGuard() }),
    actions: [`account-unlock-${prod.id}`, { type: "unlock-typed", text: "Prod" }, "unlock-submit"],
  },
  "the switch of read-only mode": { address: "/settings?tab=accounts", actions: ["guard-read-only-mode"] },
  "the protection of the sandbox": { address: "/settings?tab=sandbox", actions: ["guard-sandbox"] },
  readiness: { address: READINESS, actions: ["checks-ok", "check-evidence", "check-fix", "plan-run"] },
  "the readiness of all rules": { address: "/replication/readiness/all", actions: ["check-evidence"] },
  "the readiness of a rule": { address: `${READINESS}&rule=rule-1`, actions: ["readiness-again"] },
  "the dialog of a template that lacks its role": {
    address: READINESS,
    actions: ["check-template", "dialog-template-review", "plan-run"],
  },
  "the dialog that brings images over": {
    address: `/replication?${WEST}`,
    actions: ["rule-actions", "rule-menu-backfill", "dialog-backfill-review", "plan-run"],
  },
  "the dialog that brings images over by the engine": {
    address: `/replication?${WEST}`,
    actions: ["rule-actions", "rule-menu-backfill", "backfill-way-engine", "dialog-backfill-review"],
  },
  backfills: { address: `/replication?${WEST}&tab=backfills`, actions: ["backfill-failures"] },
  "the plan that stops a backfill": {
    address: `/replication?${WEST}&tab=backfills`,
    actions: ["backfill-stop", "plan-run"],
  },
  templates: { address: `/replication?${WEST}&tab=templates` },
  "the dialog that edits a template": {
    address: `/replication?${WEST}&tab=templates`,
    actions: ["template-edit-prod", "dialog-template-review", "plan-run"],
  },
  "the dialog that creates a template": {
    address: `/replication?${WEST}&tab=templates`,
    actions: [
      "template-create",
      { type: "template-prefix", text: "prod" },
      "template-encryption-KMS",
      "dialog-template-review",
      "plan-run",
    ],
  },
  "the plan that deletes a template": {
    address: `/replication?${WEST}&tab=templates`,
    actions: ["template-delete-prod", "plan-run"],
  },
  rule: { address: `/replication/rule?space=sandbox&${WEST}&rule=rule-1` },
  "the settings that a rule does not carry": {
    address: `/replication/rule?space=sandbox&${WEST}&rule=rule-1`,
    actions: ["policy-show", "make-equal", "plan-run"],
  },
  "the plan that tests a rule": {
    address: `/replication/rule?space=sandbox&${WEST}&rule=rule-1`,
    actions: ["rule-test", "plan-run"],
  },
  "the rule wizard": {
    address: NATIVE,
    actions: [
      "wizard-cross-account",
      { type: "destination-account-0", text: prod.id },
      "wizard-next",
      "wizard-next",
      "wizard-next",
      "check-planned",
      "wizard-submit",
    ],
  },
  "the sources of a rule": {
    address: NATIVE,
    actions: ["sources-open", `source-${dev.id}-eu-west-1`, "wizard-next"],
  },
  "a run of several rows": {
    address: "/activity?run=run-rows",
    options: () => ({ runs: [...demoRuns(), runOfRows(false)] }),
  },
  "the rule wizard on a rule": { address: `${NATIVE}&rule=rule-1` },
  "the engine wizard": { address: ENGINE },
  "the dialog of a registry's credentials": {
    address: ENGINE,
    actions: [
      { type: "engine-destination-0", text: "ghcr.io" },
      "engine-destination-0-credentials",
      { type: "credentials-user", text: "robot" },
      "credentials-save",
    ],
  },
  "the dialog that asks before a wizard is left": {
    address: ENGINE,
    actions: [{ type: "engine-name", text: "Releases" }, "engine-cancel"],
  },
  "the steps of the engine wizard": {
    address: `${ENGINE}&to=%5B%22${prod.id}%2Fus-west-2%22%5D`,
    actions: [{ type: "engine-name", text: "Releases" }, "engine-next", "engine-next", "engine-next"],
  },
  "the engine wizard's YAML": { address: ENGINE, actions: ["engine-view-yaml"] },
  "the engine wizard on a rule": { address: `${ENGINE}&rule=engine-1`, options: engineRules },
  "clean-up": { address: CLEAN_UP, actions: ["cleanup-plan"] },
  "the promotion of one image": {
    address: `/promotion/image?space=sandbox&${WEST}&repository=prod-microservice`,
  },
  "the plan of a promotion": {
    address: `/promotion/image?space=sandbox&${WEST}&repository=prod-microservice`,
    actions: [
      "promote-image-21",
      { type: "promote-repository", text: "release" },
      "promote-plan",
      "plan-run",
    ],
  },
  permissions: { address: `/permissions?${PROD}` },
  "the plan of a scope's upgrade": {
    address: `/permissions?${PROD}`,
    options: () => ({ handlers: { policy: policiesOfV1 } }),
    actions: ["policy-scope-upgrade", "plan-run"],
  },
  "the dialog that generates a statement": {
    address: `/permissions?${PROD}`,
    actions: ["statement-generate", "statement-add"],
  },
  "the dialog that writes a request": {
    address: NATIVE,
    actions: [
      "wizard-cross-account",
      { type: "destination-account-0", text: "777788889999" },
      "wizard-next",
      "wizard-next",
      "other-side-request-0",
      "request-write-submit",
      "request-written-save-text",
    ],
  },
  "the dialog that opens a request": {
    address: `/permissions?${PROD}`,
    actions: [
      "request-open",
      { paste: "request-open-text", text: requestText() },
      "request-open-submit",
      "request-review",
      "plan-run",
    ],
  },
  "the dialog of a request to another account": {
    address: `/permissions?${PROD}`,
    actions: [
      "request-open",
      { paste: "request-open-text", text: requestText("777788889999") },
      "request-open-submit",
    ],
  },
  "the dialog that declines a request": {
    address: `/permissions?${PROD}`,
    actions: [
      "request-open",
      { paste: "request-open-text", text: requestText() },
      "request-open-submit",
      "request-decline",
    ],
  },
  "the dialog that checks expected images": {
    address: `/images?${PROD}`,
    actions: ["expected-open", { paste: "expected-text", text: expectedText }, "expected-submit"],
  },
  "the dialog that writes a list of images": {
    address: `/images?${WEST}`,
    actions: ["expected-open", "expected-part-write", "expected-submit"],
  },
  "the dialog that checks a receipt": {
    address: `/replication?${WEST}`,
    actions: [
      "receipt-check",
      { paste: "receipt-check-text", text: receiptText("partly") },
      "receipt-check-submit",
    ],
  },
  "paste and check": {
    address: `/permissions?${PROD}&tab=paste`,
    actions: [
      { paste: "policy-paste", text: '{"Sid":"Guide","Effect":"Allow","Action":"ecr:ReplicateImage"}' },
    ],
  },
  "the policy document": { address: `/permissions?${PROD}&tab=document`, actions: ["policy-save-file"] },
  "the policy's export": { address: `/permissions?${PROD}&tab=export` },
  activity: { address: "/activity", options: runs },
  run: { address: "/activity?run=run-active", options: runs, actions: ["run-cancel"] },
  "a failed run": {
    address: "/activity?run=run-failed",
    options: () => ({ runs: demoRuns(), handlers: { retry_run: () => ({ run: "run-failed" }) } }),
    actions: ["run-retry"],
  },
  "a rule's test that failed": {
    address: "/activity?run=run-test",
    options: () => ({
      runs: [
        testRun("failed", { state: "failed", error: apiError("rule-test-failed", "It did not arrive.") }),
      ],
    }),
    actions: ["run-plan-again", "plan-run"],
  },
  "a run that waits for a person": {
    address: "/activity?run=run-active",
    options: () => ({
      runs: waitingRuns(),
      handlers: {
        ...signInHandlers([demoSession()]),
        accounts: () => [{ ...signedOut, space: "sandbox" as const }],
      },
    }),
  },
  "an account that waits for a person": {
    address: "/overview",
    options: () => ({
      handlers: { ...signInHandlers([demoSession()]), accounts: () => [signedOut], status: inAws },
    }),
    actions: [`person-sign-in-${signedOut.id}`],
  },
  "a run of an engine rule": {
    address: "/activity?run=run-engine",
    options: () => ({ runs: [demoEngineRun(200)] }),
    actions: ["run-pause"],
  },
  accounts: { address: "/settings?tab=accounts" },
  "the dialog that connects an account by a profile": {
    address: "/settings?connect=true",
    actions: ["connect-profile-vault", "connect-account-check"],
  },
  "the dialog that imports profiles": {
    address: "/settings?tab=accounts",
    options: () => ({ handlers: { connect_account: connectedAccount } }),
    actions: ["import-accounts", "import-all", "import-submit"],
  },
  "the dialog that connects an account by a role": {
    address: "/settings?connect=true",
    options: () => ({ handlers: { accounts: () => [waiting] } }),
    actions: [
      "connect-way-role",
      { type: "role-arn", text: "arn:aws:iam::444455556666:role/release" },
      "role-via",
      `role-via-${waiting.id}`,
      "connect-account-check",
    ],
  },
  "the dialog that connects an account by a role without another account": {
    address: "/settings?connect=true",
    actions: ["connect-way-role"],
  },
  "the dialog that connects an account by a key": {
    address: "/settings?connect=true",
    actions: ["connect-way-key"],
  },
  "the dialog that asks for the code of an MFA device": {
    address: "/settings?tab=accounts",
    options: () => ({ handlers: { accounts: () => [waiting] } }),
    actions: [`account-code-${waiting.id}`, { type: "mfa-code", text: "123456" }, "mfa-submit"],
  },
  "the dialog that connects an account of Identity Center": {
    address: "/settings?connect=true",
    options: () => ({ handlers: signInHandlers([signedInSession()]) }),
    actions: ["connect-way-sso", "sso-account-700000000001/Developer", "connect-account-check"],
  },
  "the sign-in to a start URL": {
    address: "/settings?connect=true",
    actions: [
      "connect-way-sso",
      { type: "sso-startUrl", text: "https://acme.awsapps.com/start" },
      { type: "sso-region", text: "us-east-1" },
      "sign-in-device",
    ],
  },
  "a sign-in that waits": {
    address: "/settings?tab=accounts",
    options: () => ({ handlers: signInHandlers([demoSession()]) }),
    actions: ["sign-in-acme", "sign-in-open"],
  },
  "a sign-in that is given up": {
    address: "/settings?tab=accounts",
    options: () => ({ handlers: signInHandlers([demoSession({ way: "device" })]) }),
    actions: ["sign-in-acme", "sign-in-cancel"],
  },
  "a session with a valid sign-in": {
    address: "/settings?tab=accounts",
    options: () => ({ handlers: signInHandlers([signedInSession()]) }),
    actions: ["sign-out-acme"],
  },
  "the dialog that imports accounts of Identity Center": {
    address: "/settings?tab=accounts",
    options: () => ({
      handlers: {
        ...signInHandlers([signedInSession()]),
        connect_account: connectedAccount,
      },
    }),
    actions: ["import-accounts", "import-way-sso", "import-all", "import-submit"],
  },
  "an account whose sign-in has ended": {
    address: "/settings?tab=accounts",
    options: () => ({
      handlers: {
        ...signInHandlers([demoSession()], () => ({ state: "done" })),
        accounts: () => [signedOut],
      },
    }),
    actions: [`account-sign-in-${signedOut.id}`],
  },
  "the dialog that edits an account": {
    address: "/settings?tab=sandbox",
    actions: [`account-edit-${dev.id}`, "edit-account-submit"],
  },
  "the dialog that edits an account of AWS": {
    address: "/settings?tab=accounts",
    options: () => ({ handlers: { accounts: () => [{ ...waiting, problem: null }] } }),
    actions: [`account-edit-${waiting.id}`, "account-fips", "region-af-south-1", "edit-account-submit"],
  },
  "the dialog that enters a key again": {
    address: "/settings?tab=accounts",
    options: () => ({ handlers: { accounts: () => [keyForgotten] } }),
    actions: [
      `account-key-${keyForgotten.id}`,
      { type: "account-access-key-id", text: "AKIAINVENTED00000000" },
      { type: "account-secret-access-key", text: "invented" },
      "replace-key-submit",
    ],
  },
  "an account that waits for its key": {
    address: "/overview",
    options: () => ({ handlers: { accounts: () => [keyForgotten], status: inAws } }),
  },
  "the dialog that removes an account": {
    address: "/settings?tab=sandbox",
    options: () => ({ handlers: { remove_account: () => null } }),
    actions: [`account-remove-${prod.id}`, "confirm-action"],
  },
  "the dialog that adds an account to the sandbox": {
    address: "/settings?tab=sandbox",
    options: () => ({ handlers: { add_sandbox_account: () => prod } }),
    actions: [
      "add-sandbox-account",
      { type: "account-id", text: "777788889999" },
      "add-sandbox-account-submit",
    ],
  },
  "the dialog that removes a registry": {
    address: "/settings?tab=accounts",
    actions: ["registry-remove-harbor.example.com", "confirm-action"],
  },
  "the sandbox's settings": { address: "/settings?tab=sandbox" },
  "the dialog that adds a Region": {
    address: "/settings?tab=sandbox",
    actions: [`add-region-${dev.id}`, { type: "region-name", text: "us-east-1" }, "add-region-submit"],
  },
  "the dialog that resets the sandbox": {
    address: "/settings?tab=sandbox",
    options: () => ({ handlers: { reset_sandbox: () => null } }),
    actions: ["sandbox-reset", { type: "confirm-typed", text: "reset sandbox" }, "confirm-action"],
  },
  "the app's settings": { address: "/settings?tab=app" },
  "the settings of the network": {
    address: "/settings?tab=app",
    actions: [{ type: "network-proxy", text: "http://proxy.example.com:3128" }, "network-save"],
  },
  ...documentScenes,
  ...policyScenes,
  ...iamScenes,
  ...registryScenes,
  ...promotionScenes,
};
