import type {
  CheckedLifecycle,
  CheckLifecycle,
  LifecyclePreview,
  LifecycleView,
  PreviewLifecycle,
} from "../api/types";
import type { Handlers } from "../platform/fake";
import { finding } from "./demoReplication";
import { digest } from "./demoWorld";

const KEEP = {
  rulePriority: 10,
  selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 800 },
  action: { type: "expire" },
};

const document = JSON.stringify({ rules: [KEEP] }, null, 2);

interface Rules {
  rules: (typeof KEEP)[];
}

const lifecycle = (): LifecycleView => ({ document, base: "lifecycle-1" });

function check({ text }: CheckLifecycle): CheckedLifecycle {
  try {
    const { rules } = JSON.parse(text) as Rules;
    return {
      rules: rules.map(({ rulePriority, selection, action }) => ({
        priority: rulePriority,
        text: `Images (${selection.tagStatus}) ${action.type} by ${selection.countType} ${selection.countNumber}.`,
      })),
      findings: [],
      document: text,
    };
  } catch {
    const wrong = finding("document-json", null, "This is not JSON.", { severity: "error" });
    return { rules: [], findings: [{ finding: wrong, line: 2, column: 1, fix: null }], document: null };
  }
}

function preview({ text, days }: PreviewLifecycle): LifecyclePreview {
  const { rules } = JSON.parse(text) as Rules;
  const expired = rules.some(({ selection }) => selection.countNumber < 800) ? 1 : 0;
  const now = Date.now();
  return {
    at: new Date(now + days * 86_400_000).toISOString(),
    asOf: new Date(now).toISOString(),
    images: expired
      ? [
          {
            digest: digest("prod-microservice1"),
            tags: ["1.0.0"],
            bytes: 21_000_000,
            pushed: new Date(now - 9 * 86_400_000).toISOString(),
            archived: false,
            rule: 10,
            reason: "It was pushed 9 days ago.",
          },
        ]
      : [],
    inUse: [],
    spared: 0,
    rules: rules.map(({ rulePriority }, place) => ({
      priority: rulePriority,
      text: "",
      expired: place === 0 ? expired : 0,
      archived: 0,
      bytesFreed: 0,
    })),
    total: 20,
    expired,
    archived: 0,
    bytesFreed: expired * 21_000_000,
    notes: [],
  };
}

/** Lifecycle policies of repositories. */
export function lifecycleHandlers(): Partial<Handlers> {
  return { lifecycle, check_lifecycle: check, preview_lifecycle: preview };
}
