import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { Account } from "../../api/types";
import { TextField } from "../../components/TextField";
import { showToast } from "../../components/Toaster";
import { useAccountChange } from "../frame/accountChanges";
import { SpaceBadge } from "../frame/SpaceBadge";
import { AccountDialog } from "./AccountDialog";
import { type EditForm, editSchema } from "./accountForm";
import { EndpointFields } from "./EndpointFields";
import { splitRegions } from "./queries";
import { RegionChoices } from "./RegionChoices";
import styles from "./Settings.module.css";

// Distinguishable for people with colour blindness, and legible as a dot on light and dark.
const colours = ["#2f7ed8", "#d9534f", "#3c9d6b", "#b7791f", "#8b5fd6", "#0f8ea3", "#c2528b", "#6b7784"];

/** Changes an account's settings. */
export function EditAccountDialog({ account, onClose }: { account: Account; onClose: () => void }) {
  const { t } = useTranslation();
  const { id, name, space, hosts } = account;
  const [colour, setColour] = useState(account.colour);
  const form = useForm<EditForm>({
    resolver: zodResolver(editSchema(t)),
    defaultValues: {
      id,
      name,
      regions: account.regions.join(" "),
      environment: account.environment,
      terraformState: account.terraformState ?? "",
      hosts: {
        fips: hosts?.fips ?? false,
        dualStack: hosts?.dualStack ?? false,
        vpcEndpoints: hosts?.vpcEndpoints ?? {},
      },
    },
  });
  const [regions, environment] = useWatch({ control: form.control, name: ["regions", "environment"] });
  const [confirm, setConfirm] = useState("");
  const leavesProduction = account.environment === "production" && environment !== "production";
  const update = useAccountChange(api.updateAccount, (saved) => {
    showToast({ kind: "success", title: t("settings.accounts.saved", { name: saved.name }) });
    onClose();
  });
  return (
    <AccountDialog
      name="edit-account"
      badge={<SpaceBadge space={space} registries={[{ account: id }]} />}
      title={t("settings.accounts.editTitle", { name })}
      action={t("settings.form.save")}
      form={form}
      fixedId
      change={update}
      request={(values) => ({
        space,
        id,
        name: values.name,
        environment: values.environment,
        colour,
        regions: splitRegions(values.regions),
        terraformState: values.terraformState,
        ...(leavesProduction && { confirm }),
        // The sandbox has no hosts of AWS.
        ...(space === "aws" && {
          hosts: {
            ...values.hosts,
            vpcEndpoints: filled(values.hosts.vpcEndpoints, splitRegions(values.regions)),
          },
        }),
      })}
      regions={
        <RegionChoices
          account={{ space, id }}
          value={splitRegions(regions)}
          onChange={(chosen) =>
            form.setValue("regions", chosen.join(" "), {
              shouldDirty: true,
              shouldValidate: form.formState.isSubmitted,
            })
          }
        />
      }
      onClose={onClose}
    >
      {leavesProduction && (
        <TextField
          label={t("common.typeToConfirm", { text: name })}
          value={confirm}
          onChange={(event) => setConfirm(event.target.value)}
          autoComplete="off"
          data-testid="account-confirm"
        />
      )}
      {space === "aws" && <EndpointFields form={form} regions={splitRegions(regions)} />}
      <TextField
        label={t("settings.form.terraformState")}
        hint={t("settings.form.terraformStateHint")}
        error={form.formState.errors.terraformState?.message}
        placeholder="~/infra/terraform.tfstate"
        mono
        data-testid="account-terraformState"
        {...form.register("terraformState")}
      />
      <ColourChoice value={colour} onChange={setColour} />
    </AccountDialog>
  );
}

/** The addresses of the Regions that are shown. */
function filled(addresses: Record<string, string>, regions: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(addresses).filter(([region, address]) => address !== "" && regions.includes(region)),
  );
}

function ColourChoice({ value, onChange }: { value: string; onChange: (colour: string) => void }) {
  const { t } = useTranslation();
  const shown = colours.includes(value) ? colours : [value, ...colours];
  return (
    <div>
      <span className={styles.label}>{t("settings.form.colour")}</span>
      <div className={styles.colours} role="radiogroup" aria-label={t("settings.form.colour")}>
        {shown.map((colour, index) => (
          // biome-ignore lint/a11y/useSemanticElements: a radio button cannot be filled with a colour
          <button
            key={colour}
            type="button"
            role="radio"
            aria-checked={colour === value}
            aria-label={t("settings.form.colourName", { number: index + 1 })}
            className={styles.colour}
            style={{ backgroundColor: colour }}
            onClick={() => onChange(colour)}
          />
        ))}
      </div>
    </div>
  );
}
