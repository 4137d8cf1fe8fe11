import { Controller, type UseFormReturn } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Checkbox } from "../../components/Checkbox";
import { TextField } from "../../components/TextField";
import type { EditForm } from "./accountForm";
import styles from "./Settings.module.css";

const REGION = /^[a-z]+(-[a-z]+)+-\d+$/;

/** Which of AWS's hosts an account uses. */
export function EndpointFields({
  form,
  regions,
}: {
  form: UseFormReturn<EditForm>;
  /** Each has a VPC endpoint of its own. */
  regions: readonly string[];
}) {
  const { t } = useTranslation();
  // A Region that is being typed has no field yet.
  const named = [...new Set(regions)].filter((region) => REGION.test(region));
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
      {named.map((region) => (
        <TextField
          key={region}
          label={t("settings.form.vpcEndpoint", { region })}
          hint={region === named[0] ? t("settings.form.vpcEndpointHint") : undefined}
          error={form.formState.errors.hosts?.vpcEndpoints?.[region]?.message}
          placeholder={`https://vpce-….api.ecr.${region}.vpce.amazonaws.com`}
          inputMode="url"
          mono
          data-testid={`account-vpcEndpoint-${region}`}
          {...form.register(`hosts.vpcEndpoints.${region}`)}
        />
      ))}
    </fieldset>
  );
}
