import { zodResolver } from "@hookform/resolvers/zod";
import type { TFunction } from "i18next";
import { type FieldValues, type Path, type UseFormReturn, useForm } from "react-hook-form";
import { z } from "zod";
import { errorText, toApiError } from "../../api/errors";

/** The form of an account. The application validates the id and the Regions. */
export function accountSchema(t: TFunction) {
  const required = z.string().trim().min(1, t("settings.form.required"));
  return z.object({
    id: required,
    name: z.string().trim(),
    regions: required,
    environment: z.enum(["dev", "staging", "production"]),
  });
}

/** The form of an account with its key. */
export function connectSchema(t: TFunction) {
  const required = z.string().trim().min(1, t("settings.form.required"));
  return accountSchema(t).extend({
    name: required,
    accessKeyId: required,
    secretAccessKey: required,
    sessionToken: z.string().trim(),
  });
}

export type AccountForm = z.infer<ReturnType<typeof accountSchema>>;
export type ConnectForm = z.infer<ReturnType<typeof connectSchema>>;

/** The initial values of the form. */
export const emptyAccount: AccountForm = { id: "", name: "", regions: "us-west-2", environment: "dev" };

/** A form whose required fields are checked before it is sent. */
export function useAccountForm(t: TFunction, defaultValues: AccountForm) {
  return useForm<AccountForm>({ resolver: zodResolver(accountSchema(t)), defaultValues });
}

/** A form with a key, whose required fields are checked before it is sent. */
export function useConnectForm(t: TFunction) {
  return useForm<ConnectForm>({
    resolver: zodResolver(connectSchema(t)),
    defaultValues: { ...emptyAccount, accessKeyId: "", secretAccessKey: "", sessionToken: "" },
  });
}

/** Puts the application's error at its field. Returns false if it is not about a field of the form. */
export function showFieldError<Values extends FieldValues>(
  form: UseFormReturn<Values>,
  error: unknown,
): boolean {
  const problem = toApiError(error);
  const name = problem.field?.replace(/\[\d+\]$/, "");
  if (!name || !(name in form.getValues())) return false;
  form.setError(name as Path<Values>, { message: errorText(problem) }, { shouldFocus: true });
  return true;
}
