import type { ManagedDocument } from "../api/types";
import {
  demoMark,
  demoStack,
  demoState,
  managedDocument,
  managedHandlers,
  ownerHandlers,
  REPLICATION,
} from "./demoOwners";
import type { DemoOptions } from "./demoPlatform";
import { dev } from "./demoWorld";
import type { Scene } from "./scene";

const WEST = `account=%22${dev.id}%22&region=us-west-2`;
const REGISTRY = `/replication?${WEST}`;
const rule = (id: string) => `/replication/rule?space=sandbox&${WEST}&rule=${id}`;
const owned = (): DemoOptions => ({ handlers: ownerHandlers({ [REPLICATION]: demoStack }) });
const plans = (managed: Partial<ManagedDocument>) => (): DemoOptions => ({
  handlers: managedHandlers(managedDocument(managed)),
});

/** The owners of documents, plans for what they manage, and the names of rules. */
export const documentScenes: Record<string, Scene> = {
  "the lifecycle policy of a repository": {
    address: `/images/lifecycle?space=sandbox&${WEST}&repository=prod-microservice`,
    actions: [
      "lifecycle-add",
      "lifecycle-add-menu-untagged",
      "lifecycle-edit-20",
      "lifecycle-up-20",
      "lifecycle-review",
      "plan-run",
    ],
  },
  "images that are cleaned up": {
    address: `/images/clean?space=sandbox&${WEST}&repository=prod-microservice`,
    actions: [
      { type: "clean-older", text: "90" },
      "clean-untagged",
      "clean-ask-findings",
      "clean-show",
      "clean-protect-1.0.0",
    ],
  },
  "the plan of a clean-up of images": {
    address: `/images/clean?space=sandbox&${WEST}&repository=prod-microservice`,
    actions: [{ type: "clean-tags", text: "1.*" }, "clean-along", "clean-show", "clean-review", "plan-run"],
  },
  "the dialog that marks a document": {
    address: REGISTRY,
    actions: ["owner-actions", "owner-menu-mark", { type: "mark-note", text: "CDK app" }, "mark-submit"],
  },
  "a document that is released": {
    address: REGISTRY,
    options: owned,
    actions: ["owner-actions", "owner-menu-release"],
  },
  "a document whose owner is asked for again": {
    address: REGISTRY,
    options: owned,
    actions: ["owner-actions", "owner-menu-forget"],
  },
  "the plan for a marked document": {
    address: REGISTRY,
    options: plans({ owner: demoMark, mayOverride: true }),
    actions: ["rule-actions", "rule-menu-remove", { type: "managed-typed", text: REPLICATION }, "plan-run"],
  },
  "the plan for a document of CloudFormation": {
    address: REGISTRY,
    options: plans({}),
    actions: ["rule-actions", "rule-menu-remove", "managed-diff-save"],
  },
  "the plan for a document of Terraform": {
    address: REGISTRY,
    options: plans({
      owner: demoState,
      snippets: [
        {
          format: "terraform",
          text: 'resource "aws_ecr_replication_configuration" "this" {\n  # …\n}\n',
          refusal: null,
        },
        { format: "cli", text: null, refusal: "The document is too long for a command." },
      ],
    }),
    actions: ["rule-actions", "rule-menu-remove", "managed-diff-save"],
  },
  "the dialog that renames a rule": {
    address: rule("rule-1"),
    actions: [
      "rule-actions",
      "rule-menu-rename",
      { type: "name-rule-name", text: "Production" },
      { type: "name-rule-note", text: "Requested by team A" },
      "name-rule-submit",
    ],
  },
  "the dialog that adopts a rule": {
    address: rule("rule-2"),
    actions: [
      "rule-actions",
      "rule-menu-adopt",
      { type: "name-rule-name", text: "Ireland" },
      "name-rule-submit",
    ],
  },
};
