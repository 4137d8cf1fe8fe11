import { useTranslation } from "react-i18next";
import { toApiError } from "../../api/errors";
import type { Account } from "../../api/types";
import { Checkbox } from "../../components/Checkbox";
import { useSandboxSettings, useSetSandboxSettings } from "./queries";
import styles from "./Settings.module.css";

/** Regions of the sandbox that do not answer, to rehearse an outage. */
export function RegionsDown({ accounts }: { accounts: readonly Account[] }) {
  const { t } = useTranslation();
  const read = useSandboxSettings();
  const save = useSetSandboxSettings();
  // The delay above says why the settings cannot be read.
  if (!read.data) return null;
  const settings = read.data;
  const regions = [...new Set(accounts.flatMap((account) => account.regions))].sort();
  const set = (region: string, down: boolean) => {
    const others = settings.regionsDown.filter((each) => each !== region);
    save.mutate({ ...settings, regionsDown: down ? [...others, region] : others });
  };
  return (
    <fieldset className={styles.regionsDown} data-testid="regions-down">
      <legend>{t("settings.sandbox.regionsDown")}</legend>
      <p className={styles.muted}>{t("settings.sandbox.regionsDownHint")}</p>
      {regions.map((region) => (
        <Checkbox
          key={region}
          label={region}
          checked={settings.regionsDown.includes(region)}
          disabled={save.isPending}
          onChange={(down) => set(region, down)}
          data-testid={`region-down-${region}`}
        />
      ))}
      {save.error && (
        <p role="alert" className={styles.muted}>
          {toApiError(save.error).message}
        </p>
      )}
    </fieldset>
  );
}
