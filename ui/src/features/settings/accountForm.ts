import { zodResolver } from "@hookform/resolvers/zod";
import type { TFunction } from "i18next";
import { type FieldValues, type Path, type UseFormReturn, useForm } from "react-hook-form";
import { z } from "zod";
import { errorText, toApiError } from "../../api/errors";

/** The form of an account whose id is proven by its credentials. The application validates the Regions. */
export const provenSchema = z.object({
  name: z.string().trim(),
  regions: z.string().trim(),
  environment: z.enum(["dev", "staging", "production"]),
});

/** A field that must be filled in. */
export function required(t: TFunction) {
  return z.string().trim().min(1, t("settings.form.required"));
}

/** The form of an account whose id is typed, which the application validates too. */
export function accountSchema(t: TFunction) {
  return provenSchema.extend({ id: required(t), regions: required(t) });
}

/** The form of an account that is edited, with the endpoints that it uses. */
export function editSchema(t: TFunction) {
  return accountSchema(t).extend({
    terraformState: z.string().trim(),
    hosts: z.object({
      fips: z.boolean(),
      dualStack: z.boolean(),
      vpcEndpoints: z.record(z.string(), z.string().trim()),
    }),
  });
}

export type ProvenForm = z.infer<typeof provenSchema>;
export type AccountForm = z.infer<ReturnType<typeof accountSchema>>;
export type EditForm = z.infer<ReturnType<typeof editSchema>>;

/** The initial values of the form. */
export const emptyAccount: AccountForm = { id: "", name: "", regions: "us-west-2", environment: "dev" };

/** A form whose required fields are checked before it is sent. */
export function useAccountForm(t: TFunction, defaultValues: AccountForm) {
  return useForm<AccountForm>({ resolver: zodResolver(accountSchema(t)), defaultValues });
}

/**
 * Puts the application's error at its field. Returns false if it is not about a field of the form. `at` says
 * where errors of fields are shown that the form does not have.
 */
export function showFieldError<Values extends FieldValues>(
  form: UseFormReturn<Values>,
  error: unknown,
  at: Record<string, Path<Values>> = {},
): boolean {
  const problem = toApiError(error);
  const field = problem.field?.replace(/\[\d+\]$/, "");
  const name = field && (at[field] ?? field);
  if (!name || form.getValues(name as Path<Values>) === undefined) return false;
  form.setError(name as Path<Values>, { message: errorText(problem) }, { shouldFocus: true });
  return true;
}
