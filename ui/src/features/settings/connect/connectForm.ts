import type { TFunction } from "i18next";
import { z } from "zod";
import type { ConnectAccount, CredentialSource, Environment } from "../../../api/types";
import { accountSchema, type ProvenForm, provenSchema, required } from "../accountForm";
import { splitRegions } from "../queries";

/** The form of an account with its key. */
export function keySchema(t: TFunction) {
  return accountSchema(t).extend({
    name: required(t),
    accessKeyId: required(t),
    secretAccessKey: required(t),
    sessionToken: z.string().trim(),
  });
}

/** The form of an account that a profile leads to. */
export function profileSchema(t: TFunction) {
  return provenSchema.extend({ profile: z.string().min(1, t("connect.profile.choose")) });
}

/** The form of an account of IAM Identity Center. */
export function ssoSchema(t: TFunction) {
  return provenSchema.extend({ candidate: z.string().min(1, t("connect.sso.choose")) });
}

/** The form of an account whose role another account assumes. */
export function roleSchema(t: TFunction) {
  const optional = z.string().trim();
  return provenSchema.extend({
    roleArn: required(t),
    via: z.string().min(1, t("connect.role.choose")),
    externalId: optional,
    sessionName: optional,
    mfaSerial: optional,
    /** In minutes. */
    duration: optional.regex(/^\d*$/, t("connect.role.durationWrong")),
  });
}

export type KeyForm = z.infer<ReturnType<typeof keySchema>>;
export type ProfileForm = z.infer<ReturnType<typeof profileSchema>>;
export type SsoForm = z.infer<ReturnType<typeof ssoSchema>>;
export type RoleForm = z.infer<ReturnType<typeof roleSchema>>;

/** The initial values of the fields of an account whose id is not typed. */
export const emptyProven: ProvenForm = { name: "", regions: "", environment: "dev" };

/** The request for an account; what is left empty is chosen by the application. */
export function connectRequest(credentials: CredentialSource, form: ProvenForm): ConnectAccount {
  return {
    credentials,
    name: form.name || null,
    environment: form.environment,
    colour: null,
    regions: splitRegions(form.regions),
  };
}

/** The credentials that the form of a role describes. */
export function roleSource(form: RoleForm): CredentialSource {
  const filled = (text: string) => text.trim() || null;
  return {
    source: "role",
    roleArn: form.roleArn.trim(),
    via: form.via,
    externalId: filled(form.externalId),
    sessionName: filled(form.sessionName),
    mfaSerial: filled(form.mfaSerial),
    duration: form.duration.trim() === "" ? null : Number(form.duration) * 60,
  };
}

// The application guesses by the same words when it is asked for no environment.
const guesses: [Environment, RegExp][] = [
  ["staging", /^(staging|stage|stg|uat|preprod|qa)$/],
  ["production", /^(prod|production|prd|live)$/],
];

/** What an account is probably for, by a word in its name. */
export function guessedEnvironment(name: string): Environment {
  const words = name.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  return guesses.find(([, guess]) => words.some((word) => guess.test(word)))?.[0] ?? "dev";
}

/** The name of an account until a person gives it another. */
export function suggestedName(text: string): string {
  return [...text].slice(0, 60).join("");
}
