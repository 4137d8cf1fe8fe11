import { zodResolver } from "@hookform/resolvers/zod";
import { Controller, type UseFormReturn, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import type { Account } from "../../../api/types";
import { ColourDot } from "../../../components/Badge";
import { Select } from "../../../components/Select";
import { EmptyState } from "../../../components/States";
import { TextField } from "../../../components/TextField";
import { useKnownAccounts } from "../../frame/scope";
import { deviceOf } from "../../signin/chain";
import { ProvenFields } from "../AccountFields";
import type { ProvenForm } from "../accountForm";
import styles from "../Settings.module.css";
import {
  emptyProven,
  guessedEnvironment,
  type RoleForm,
  roleSchema,
  roleSource,
  suggestedName,
} from "./connectForm";
import { useConnect } from "./useConnect";
import type { Way } from "./way";

/** Connects an account by a role that a connected account assumes. */
export function useRoleWay(onConnected: (account: Account) => void): Way {
  const { t } = useTranslation();
  const accounts = useKnownAccounts();
  const aws = accounts.filter(({ space }) => space === "aws");
  const form = useForm<RoleForm>({
    resolver: zodResolver(roleSchema(t)),
    defaultValues: {
      ...emptyProven,
      roleArn: "",
      via: "",
      externalId: "",
      sessionName: "",
      mfaSerial: "",
      duration: "",
    },
  });
  const { result, ...way } = useConnect(form, {
    source: roleSource,
    at: "roleArn",
    device: (credentials) => deviceOf(credentials, accounts),
    onConnected,
  });
  const suggest = () => {
    const { roleArn, name } = form.getValues();
    const suggested = suggestedName(roleArn.trim().split("/").at(-1) ?? "");
    if (name !== "" || !roleArn.includes("/") || suggested === "") return;
    form.setValue("name", suggested);
    form.setValue("environment", guessedEnvironment(suggested));
  };
  const { errors } = form.formState;
  if (aws.length === 0) {
    const none = <EmptyState title={t("connect.role.none")} text={t("connect.role.noneText")} />;
    return { ...way, ready: false, form: none };
  }
  return {
    ...way,
    ready: true,
    form: (
      <>
        <TextField
          label={t("connect.role.arn")}
          hint={t("connect.role.arnHint")}
          error={errors.roleArn?.message}
          mono
          data-testid="role-arn"
          {...form.register("roleArn", { onBlur: suggest })}
        />
        <Controller
          control={form.control}
          name="via"
          render={({ field }) => (
            <Select
              label={t("connect.role.via")}
              hint={t("connect.role.viaHint")}
              error={errors.via?.message}
              placeholder={t("connect.role.choose")}
              value={field.value || null}
              onChange={field.onChange}
              options={aws.map(({ id, name, colour }) => ({
                value: id,
                label: `${name} · ${id}`,
                mark: <ColourDot colour={colour} />,
              }))}
              data-testid="role-via"
            />
          )}
        />
        <ProvenFields
          form={form as unknown as UseFormReturn<ProvenForm>}
          regionsHint={t("connect.role.regionsHint")}
        />
        <div className={styles.two}>
          <TextField
            label={t("connect.role.externalId")}
            hint={t("connect.role.externalIdHint")}
            error={errors.externalId?.message}
            mono
            data-testid="role-external-id"
            {...form.register("externalId")}
          />
          <TextField
            label={t("connect.role.mfaSerial")}
            hint={t("connect.role.mfaSerialHint")}
            error={errors.mfaSerial?.message}
            mono
            data-testid="role-mfa-serial"
            {...form.register("mfaSerial")}
          />
          <TextField
            label={t("connect.role.sessionName")}
            hint={t("connect.role.sessionNameHint")}
            error={errors.sessionName?.message}
            mono
            data-testid="role-session-name"
            {...form.register("sessionName")}
          />
          <TextField
            label={t("connect.role.duration")}
            hint={t("connect.role.durationHint")}
            error={errors.duration?.message}
            inputMode="numeric"
            data-testid="role-duration"
            {...form.register("duration")}
          />
        </div>
        {result}
      </>
    ),
  };
}
