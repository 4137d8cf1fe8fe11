import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { Account } from "../../api/types";
import { showToast } from "../../components/Toaster";
import { useAccountChange } from "../frame/accountChanges";
import { SpaceBadge } from "../frame/SpaceBadge";
import { AccountDialog } from "./AccountDialog";
import { useAccountForm } from "./accountForm";
import { splitRegions } from "./queries";
import styles from "./Settings.module.css";

// Distinguishable for people with colour blindness, and legible as a dot on light and dark.
const colours = ["#2f7ed8", "#d9534f", "#3c9d6b", "#b7791f", "#8b5fd6", "#0f8ea3", "#c2528b", "#6b7784"];

/** Changes an account's settings. */
export function EditAccountDialog({ account, onClose }: { account: Account; onClose: () => void }) {
  const { t } = useTranslation();
  const { id, name, space } = account;
  const [colour, setColour] = useState(account.colour);
  const form = useAccountForm(t, {
    id,
    name,
    regions: account.regions.join(" "),
    environment: account.environment,
  });
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
      })}
      onClose={onClose}
    >
      <ColourChoice value={colour} onChange={setColour} />
    </AccountDialog>
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
