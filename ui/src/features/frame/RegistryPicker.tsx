import { useTranslation } from "react-i18next";
import type { RegistryKey } from "../../api/types";
import { ColourDot } from "../../components/Badge";
import { GroupSelect } from "../../components/GroupSelect";
import styles from "./RegistryPicker.module.css";
import { useScope, useScopeRegistries } from "./scope";

/** The registry that a page is about: the one in its address if the scope has it, else the scope's first. */
export function useChosenRegistry(chosen: {
  account?: string | undefined;
  region?: string | undefined;
}): RegistryKey | null {
  const registries = useScopeRegistries();
  const found = registries.find((each) => each.account === chosen.account && each.region === chosen.region);
  return found ?? registries[0] ?? null;
}

/**
 * Chooses one registry of the space. The picker of a page also changes the window's scope if that
 * is limited to something else; the picker of a form does not (`field`). Options carry the test id
 * `registry-picker-<account>-<region>`.
 */
export function RegistryPicker({
  value,
  onChange,
  label,
  error,
  field,
  "data-testid": testId = "registry-picker",
}: {
  value: RegistryKey | null;
  onChange: (registry: RegistryKey) => void;
  /** Shown above; without it the picker's name is only for assistive technology. */
  label?: string;
  error?: string | undefined;
  /** Whether it is a field of a form, with the same width. */
  field?: boolean;
  "data-testid"?: string;
}) {
  const { t } = useTranslation();
  const { accounts, space, account: scopeAccount, region: scopeRegion, set } = useScope();
  const choose = (registry: RegistryKey) => {
    const seen =
      (scopeAccount === null || scopeAccount === registry.account) &&
      (scopeRegion === null || scopeRegion === registry.region);
    if (!field && !seen) set(registry.account, registry.region);
    onChange(registry);
  };
  const id = ({ account, region }: { account: string; region: string }) => `${account}-${region}`;
  return (
    <div className={field ? styles.field : styles.picker}>
      <GroupSelect
        label={label ?? t("frame.registry")}
        hideLabel={!label}
        error={error}
        value={value && id(value)}
        groups={accounts.map((account) => ({
          value: account.id,
          label: `${account.name} · ${account.id}`,
          items: account.regions.map((region) => ({
            value: id({ account: account.id, region }),
            group: account.name,
            label: region,
            mark: <ColourDot colour={account.colour} />,
          })),
        }))}
        onChange={(chosen) => {
          for (const { id: account, regions } of accounts) {
            const region = regions.find((each) => id({ account, region: each }) === chosen);
            if (region) choose({ space, account, region });
          }
        }}
        data-testid={testId}
      />
    </div>
  );
}
