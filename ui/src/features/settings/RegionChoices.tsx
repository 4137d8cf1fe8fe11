import { useTranslation } from "react-i18next";
import type { AccountKey, RegionChoice } from "../../api/types";
import { Checkbox } from "../../components/Checkbox";
import { Prose } from "../../components/Prose";
import { SkeletonLines, Unread } from "../../components/States";
import { useAccountRegions } from "./queries";
import styles from "./Settings.module.css";

/** Chooses Regions from those of an account; the ones that it has not enabled come last. */
export function RegionChoices({
  account,
  value,
  onChange,
}: {
  account: AccountKey;
  /** The Regions of the field, also those that are not offered. */
  value: readonly string[];
  onChange: (regions: string[]) => void;
}) {
  const { t } = useTranslation();
  const read = useAccountRegions(account);
  if (read.data === undefined) {
    return read.isFetching ? <SkeletonLines lines={2} /> : <Unread read={read} />;
  }
  const { regions, problem } = read.data;
  const toggle = (region: string, on: boolean) =>
    onChange(on ? [...value, region] : value.filter((each) => each !== region));
  return (
    <fieldset className={styles.group} data-testid="region-choices">
      <legend>{t(problem ? "settings.form.regionsKnown" : "settings.form.regionsOf")}</legend>
      {problem && (
        <p className={styles.warning} role="status" data-testid="region-problem">
          <Prose text={t("settings.form.regionsProblem", { message: problem.message })} />
        </p>
      )}
      <div className={styles.regions}>
        {enabledFirst(regions).map(({ region, enabled }) => (
          <Checkbox
            key={region}
            label={region}
            hint={enabled === false ? t("settings.form.regionOff") : undefined}
            checked={value.includes(region)}
            onChange={(on) => toggle(region, on)}
            data-testid={`region-${region}`}
          />
        ))}
      </div>
    </fieldset>
  );
}

function enabledFirst(regions: readonly RegionChoice[]): RegionChoice[] {
  return [...regions].sort((one, other) => Number(one.enabled === false) - Number(other.enabled === false));
}
