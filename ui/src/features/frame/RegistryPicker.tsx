import { useTranslation } from "react-i18next";
import type { RegistryKey } from "../../api/types";
import { ColourDot } from "../../components/Badge";
import { Select } from "../../components/Select";
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

/** Chooses one registry of the scope. Options carry the test id `registry-picker-<account>-<region>`. */
export function RegistryPicker({
  value,
  onChange,
  all,
  label,
  "data-testid": testId = "registry-picker",
}: {
  value: RegistryKey | null;
  onChange: (registry: RegistryKey) => void;
  /** Registries outside of the scope too. */
  all?: boolean;
  /** Shown above; without it the picker's name is only for assistive technology. */
  label?: string;
  "data-testid"?: string;
}) {
  const { t } = useTranslation();
  const { accounts, space } = useScope();
  const inScope = useScopeRegistries();
  const registries = all
    ? accounts.flatMap((each) => each.regions.map((region) => ({ space, account: each.id, region })))
    : inScope;
  const id = (registry: RegistryKey) => `${registry.account}-${registry.region}`;
  return (
    <div className={styles.picker}>
      <Select
        label={label ?? t("frame.registry")}
        hideLabel={!label}
        value={value && id(value)}
        options={registries.map((registry) => {
          const account = accounts.find((each) => each.id === registry.account);
          return {
            value: id(registry),
            label: `${account?.name ?? registry.account} / ${registry.region}`,
            mark: account && <ColourDot colour={account.colour} />,
          };
        })}
        onChange={(next) => {
          const registry = registries.find((each) => id(each) === next);
          if (registry) onChange(registry);
        }}
        data-testid={testId}
      />
    </div>
  );
}
