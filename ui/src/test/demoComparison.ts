import type {
  ComparedSettings,
  CompareSettings,
  RegistryKey,
  RepositorySetting,
  SettingsComparison,
  SettingValue,
} from "../api/types";
import { apiError, type Handlers } from "../platform/fake";
import { prod } from "./demoWorld";

/** A lifecycle policy as ECR stores it, with something hidden in its description. */
export const lifecycle = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      description: "keep \u202eten",
      selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 10 },
      action: { type: "expire" },
    },
  ],
});

export function settingsOf(texts: Partial<Record<RepositorySetting, string>> = {}): SettingValue[] {
  const all = { tagMutability: "immutable but latest*", scanOnPush: "on", lifecyclePolicy: lifecycle };
  return Object.entries({ ...all, encryption: "AES-256", ...texts }).map(([setting, text]) => ({
    setting: setting as RepositorySetting,
    text,
  }));
}

/** Prod in us-west-2 differs, Prod in us-east-2 cannot be read; no other registry has the repository. */
export function comparedAt(registry: RegistryKey): ComparedSettings {
  const nothing = { registry, settings: null, different: [], problem: null };
  if (registry.account !== prod.id) return nothing;
  if (registry.region === "us-east-2") {
    return { ...nothing, problem: apiError("access-denied", "Prod / us-east-2 refused the read.") };
  }
  if (registry.region !== "us-west-2") return nothing;
  return {
    ...nothing,
    settings: settingsOf({
      tagMutability: "mutable",
      lifecyclePolicy: "none",
      encryption: "KMS with arn:aws:kms:us-west-2:444455556666:key/7f3f8b52-6d2c-4c1f-9f0e-0a1b2c3d4e5f",
    }),
    different: ["tagMutability", "lifecyclePolicy", "encryption"],
  };
}

/** Settings of namesakes in the demo. */
export function comparisonHandlers(): Handlers {
  return {
    compare_settings: ({ with: others }: CompareSettings): SettingsComparison => ({
      settings: settingsOf(),
      others: others.map(comparedAt),
    }),
  };
}
