import type { TemplateView } from "../api/types";

/** A creation template as the application sends it. */
export function demoTemplate(prefix = "prod", more: Partial<TemplateView> = {}): TemplateView {
  const text = JSON.stringify({
    appliedFor: ["REPLICATION"],
    encryptionConfiguration: { encryptionType: "AES256" },
    imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
    imageTagMutabilityExclusionFilters: [{ filterType: "WILDCARD", filter: "latest" }],
    prefix,
    resourceTags: [{ Key: "team", Value: "platform" }],
  });
  return {
    prefix,
    description: null,
    appliedFor: ["REPLICATION"],
    mutability: { immutable: true, exclusions: ["latest"] },
    encryption: "AES256",
    customRoleArn: null,
    text,
    ...more,
  };
}
