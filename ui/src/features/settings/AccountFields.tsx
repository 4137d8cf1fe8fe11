import { Controller, type UseFormReturn } from "react-hook-form";
import { useTranslation } from "react-i18next";
import type { Environment } from "../../api/types";
import { Select } from "../../components/Select";
import { TextField } from "../../components/TextField";
import type { AccountForm } from "./accountForm";
import styles from "./Settings.module.css";

const environments: readonly Environment[] = ["dev", "staging", "production"];

/** The fields of every account. */
export function AccountFields({
  form,
  fixedId,
}: {
  // A form with more fields is also one of these, which the type cannot express.
  form: Pick<UseFormReturn<AccountForm>, "register" | "control" | "formState">;
  fixedId?: boolean;
}) {
  const { t } = useTranslation();
  const { errors } = form.formState;
  return (
    <>
      <div className={styles.two}>
        <TextField
          label={t("settings.form.id")}
          hint={t("settings.form.idHint")}
          error={errors.id?.message}
          inputMode="numeric"
          readOnly={fixedId}
          autoFocus={!fixedId}
          mono
          data-testid="account-id"
          {...form.register("id")}
        />
        <TextField
          label={t("settings.form.name")}
          hint={t("settings.form.nameHint")}
          error={errors.name?.message}
          data-testid="account-name"
          {...form.register("name")}
        />
      </div>
      <TextField
        label={t("settings.form.regions")}
        hint={t("settings.form.regionsHint")}
        error={errors.regions?.message}
        mono
        data-testid="account-regions"
        {...form.register("regions")}
      />
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
    </>
  );
}
