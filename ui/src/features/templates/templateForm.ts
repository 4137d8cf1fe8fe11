/** Occasions at which ECR uses a template. */
export const OCCASIONS = ["REPLICATION", "PULL_THROUGH_CACHE", "CREATE_ON_PUSH"] as const;
export type Occasion = (typeof OCCASIONS)[number];

/** Kinds of encryption. */
export const ENCRYPTIONS = ["AES256", "KMS", "KMS_DSSE"] as const;
export type EncryptionType = (typeof ENCRYPTIONS)[number];

/** A creation template in the form. */
export interface TemplateForm {
  prefix: string;
  description: string;
  appliedFor: readonly Occasion[];
  /** Occasions that the form does not know; they are kept. */
  otherOccasions: readonly string[];
  immutable: boolean;
  /** Wildcards, separated by spaces. */
  exclusions: string;
  encryption: EncryptionType;
  kmsKey: string;
  role: string;
  lifecycle: string;
  policy: string;
  /** Members that the form has no field for; they are kept. */
  rest: Record<string, unknown>;
}

const empty: TemplateForm = {
  prefix: "",
  description: "",
  appliedFor: ["REPLICATION"],
  otherOccasions: [],
  immutable: false,
  exclusions: "",
  encryption: "AES256",
  kmsKey: "",
  role: "",
  lifecycle: "",
  policy: "",
  rest: {},
};

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function parsed(text: string): Record<string, unknown> {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return {};
  }
}

const word = (value: unknown) => (typeof value === "string" ? value : "");
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** The form with the input of `CreateRepositoryCreationTemplate`; an empty form for an empty text. */
export function fromText(text: string): TemplateForm {
  if (text === "") return empty;
  const {
    prefix,
    description,
    appliedFor,
    imageTagMutability,
    imageTagMutabilityExclusionFilters,
    encryptionConfiguration,
    customRoleArn,
    lifecyclePolicy,
    repositoryPolicy,
    ...rest
  } = parsed(text);
  const { encryptionType, kmsKey } = objectOf(encryptionConfiguration);
  const occasions = list(appliedFor).map(word);
  return {
    prefix: word(prefix),
    description: word(description),
    appliedFor: OCCASIONS.filter((occasion) => occasions.includes(occasion)),
    otherOccasions: occasions.filter((each) => each !== "" && !OCCASIONS.some((one) => one === each)),
    immutable: word(imageTagMutability).startsWith("IMMUTABLE"),
    exclusions: list(imageTagMutabilityExclusionFilters)
      .map((each) => word(objectOf(each).filter))
      .join(" "),
    encryption: ENCRYPTIONS.find((each) => each === encryptionType) ?? "AES256",
    kmsKey: word(kmsKey),
    role: word(customRoleArn),
    lifecycle: word(lifecyclePolicy),
    policy: word(repositoryPolicy),
    rest,
  };
}

/** The input of `CreateRepositoryCreationTemplate`, JSON. Empty fields are left out. */
export function toText(form: TemplateForm): string {
  const exclusions = form.exclusions.split(/[\s,]+/).filter(Boolean);
  const kind = form.immutable ? "IMMUTABLE" : "MUTABLE";
  const filled = (value: string) => value.trim() || undefined;
  const kmsKey = form.encryption === "AES256" ? undefined : filled(form.kmsKey);
  return JSON.stringify(
    {
      ...form.rest,
      prefix: form.prefix.trim(),
      description: filled(form.description),
      appliedFor: [...form.appliedFor, ...form.otherOccasions],
      imageTagMutability: exclusions.length > 0 ? `${kind}_WITH_EXCLUSION` : kind,
      imageTagMutabilityExclusionFilters:
        exclusions.length > 0 ? exclusions.map((filter) => ({ filterType: "WILDCARD", filter })) : undefined,
      encryptionConfiguration: { encryptionType: form.encryption, kmsKey },
      customRoleArn: filled(form.role),
      lifecyclePolicy: filled(form.lifecycle),
      repositoryPolicy: filled(form.policy),
    },
    null,
    2,
  );
}
