import type {
  DocumentKey,
  ManagedDocument,
  MarkDocument,
  OwnedDocument,
  Owner,
  Ownership,
  PlanView,
} from "../api/types";
import type { Handlers } from "../platform/fake";
import { dev, devWest } from "./demoWorld";

/** The replication configuration of Dev as a person types it. */
export const REPLICATION = `replication:${dev.id}/us-west-2`;

export const demoStack: Owner = { source: "cloudFormation", name: "platform", detail: "Rules" };
export const demoState: Owner = {
  source: "terraform",
  name: "aws_ecr_replication_configuration.this",
  detail: "/srv/terraform.tfstate",
};
export const demoMark: Owner = { source: "mark", name: "CDK app", detail: null };

/** The document as a person types it. */
export function labelOf({ registry, document }: DocumentKey): string {
  const place = `${registry.account}/${registry.region}`;
  const names: Record<OwnedDocument["document"], string> = {
    replication: "replication",
    policy: "policy",
    repository: "repository",
    repositoryPolicy: "repository-policy",
    lifecyclePolicy: "lifecycle-policy",
    template: "template",
  };
  const name = "name" in document ? `/${document.name}` : "prefix" in document ? `/${document.prefix}` : "";
  return `${names[document.document]}:${place}${name}`;
}

/** The answer about a document. */
export function ownership(key: DocumentKey, owner: Owner | null = null): Ownership {
  return { key, label: labelOf(key), owner, released: null, unknown: [] };
}

/** Owners of documents, by label. */
export function ownerHandlers(owners: Record<string, Owner> = {}): Handlers {
  const known = { ...owners };
  const found = (key: DocumentKey) => ownership(key, known[labelOf(key)] ?? null);
  const without = (key: DocumentKey) => {
    delete known[labelOf(key)];
    return found(key);
  };
  return {
    owner: found,
    mark_document: ({ key, note }: MarkDocument) => {
      known[labelOf(key)] = { source: "mark", name: note, detail: null };
      return found(key);
    },
    release_document: without,
    forget_mark: without,
  };
}

/** Dev's replication configuration in a plan, which a stack manages. */
export function managedDocument(more: Partial<ManagedDocument> = {}): ManagedDocument {
  return {
    key: { registry: devWest, document: { document: "replication" } },
    label: REPLICATION,
    owner: demoStack,
    mayOverride: false,
    fileName: "replication.patch",
    diff: "--- a/replication.json\n+++ b/replication.json\n@@ -1 +1 @@\n-old\n+new\n",
    snippets: [{ format: "cloudFormation", text: "Type: AWS::ECR::ReplicationConfiguration", refusal: null }],
    ...more,
  };
}

/** A plan that changes a managed document. */
export function managedPlan(one: ManagedDocument): PlanView {
  return {
    id: "plan-1",
    hash: "hash-1",
    space: "sandbox",
    title: "Remove the rule",
    steps: [],
    stays: [],
    findings: [
      {
        code: "managed-elsewhere",
        severity: one.mayOverride ? "warning" : "error",
        field: null,
        text: "It is managed elsewhere.",
        hint: null,
      },
    ],
    confirm: null,
    bytesToMove: 0,
    bytesSaved: 0,
    at: new Date().toISOString(),
    managed: [one],
  };
}

/** Responses in which a removal of a rule changes a managed document. */
export function managedHandlers(one: ManagedDocument): Handlers {
  return { plan: () => managedPlan(one), run_plan: () => ({ run: "run-1" }) };
}
