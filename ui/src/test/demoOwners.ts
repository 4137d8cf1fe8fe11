import type { DocumentKey, MarkDocument, OwnedDocument, Owner, Ownership } from "../api/types";
import type { Handlers } from "../platform/fake";

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
