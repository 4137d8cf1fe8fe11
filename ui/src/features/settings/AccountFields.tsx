import type { ReactNode } from "react";
import { Controller, type FieldValues, type UseFormReturn } from "react-hook-form";
import { useTranslation } from "react-i18next";
import type { Environment } from "../../api/types";
import { Select } from "../../components/Select";
import { TextField } from "../../components/TextField";
import type { AccountForm, ProvenForm } from "./accountForm";
import styles from "./Settings.module.css";

const environments: readonly Environment[] = ["dev", "staging", "production"];

type Fields<Values extends FieldValues> = Pick<UseFormReturn<Values>, "register" | "control" | "formState">;

/** The fields of an account whose id is typed. */
export function AccountFields({
  form,
  fixedId,
  regions,
}: {
  form: Fields<AccountForm>;
  fixedId?: boolean;
  /** Shown below the field of the Regions. */
  regions?: ReactNode;
}) {
  const { t } = useTranslation();
  // A form with more fields is also one of these, which the type cannot express.
  const rest = form as unknown as Fields<ProvenForm>;
  return (
    <>
      <div className={styles.two}>
        <TextField
          label={t("settings.form.id")}
          hint={t("settings.form.idHint")}
          error={form.formState.errors.id?.message}
          inputMode="numeric"
          readOnly={fixedId}
          autoFocus={!fixedId}
          mono
          data-testid="account-id"
          {...form.register("id")}
        />
        <NameField form={rest} />
      </div>
      <RegionsField form={rest} hint={t("settings.form.regionsHint")} />
      {regions}
      <EnvironmentField form={rest} />
    </>
  );
}

/** The fields of an account whose id is proven by its credentials. */
export function ProvenFields({ form, regionsHint }: { form: Fields<ProvenForm>; regionsHint: string }) {
  return (
    <>
      <div className={styles.two}>
        <NameField form={form} />
        <RegionsField form={form} hint={regionsHint} />
      </div>
      <EnvironmentField form={form} />
    </>
  );
}

function NameField({ form }: { form: Fields<ProvenForm> }) {
  const { t } = useTranslation();
  return (
    <TextField
      label={t("settings.form.name")}
      hint={t("settings.form.nameHint")}
      error={form.formState.errors.name?.message}
      data-testid="account-name"
      {...form.register("name")}
    />
  );
}

function RegionsField({ form, hint }: { form: Fields<ProvenForm>; hint: string }) {
  const { t } = useTranslation();
  return (
    <TextField
      label={t("settings.form.regions")}
      hint={hint}
      error={form.formState.errors.regions?.message}
      mono
      data-testid="account-regions"
      {...form.register("regions")}
    />
  );
}

function EnvironmentField({ form }: { form: Fields<ProvenForm> }) {
  const { t } = useTranslation();
  return (
    <Controller
      control={form.control}
      name="environment"
      render={({ field }) => (
        <Select
          label={t("settings.form.environment")}
          hint={t("settings.form.productionHint")}
          value={field.value}
          onChange={field.onChange}
          options={environments.map((value) => ({ value, label: t(`common.environment.${value}`) }))}
          data-testid="account-environment"
        />
      )}
    />
  );
}
