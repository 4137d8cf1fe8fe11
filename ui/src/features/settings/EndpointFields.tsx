import { Controller, type UseFormReturn } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Checkbox } from "../../components/Checkbox";
import { TextField } from "../../components/TextField";
import type { EditForm } from "./accountForm";
import styles from "./Settings.module.css";

/** Which of AWS's hosts an account uses. */
export function EndpointFields({ form }: { form: UseFormReturn<EditForm> }) {
  const { t } = useTranslation();
  return (
    <fieldset className={styles.group}>
      <legend>{t("settings.form.endpoints")}</legend>
      <p className={styles.muted}>{t("settings.form.endpointsHint")}</p>
      {(["fips", "dualStack"] as const).map((host) => (
        <Controller
          key={host}
          control={form.control}
          name={`hosts.${host}`}
          render={({ field }) => (
            <Checkbox
              label={t(`settings.form.${host}`)}
              hint={t(`settings.form.${host}Hint`)}
              checked={field.value}
              onChange={field.onChange}
              data-testid={`account-${host}`}
            />
          )}
        />
      ))}
      <TextField
        label={t("settings.form.vpcEndpoint")}
        hint={t("settings.form.vpcEndpointHint")}
        error={form.formState.errors.hosts?.vpcEndpoint?.message}
        placeholder="https://vpce-….api.ecr.us-west-2.vpce.amazonaws.com"
        inputMode="url"
        mono
        data-testid="account-vpcEndpoint"
        {...form.register("hosts.vpcEndpoint")}
      />
    </fieldset>
  );
}
