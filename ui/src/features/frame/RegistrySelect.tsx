import { registryId } from "../../api/keys";
import type { RegistryKey, Space } from "../../api/types";
import { Select } from "../../components/Select";
import { useAccounts } from "./queries";

/** Chooses one registry among all of a space. Options are named by account and Region. */
export function RegistrySelect({
  label,
  hint,
  error,
  space,
  value,
  onChange,
  "data-testid": testId,
}: {
  label: string;
  hint?: string;
  error?: string | undefined;
  space: Space;
  value: RegistryKey | null;
  onChange: (registry: RegistryKey) => void;
  "data-testid"?: string;
}) {
  const { data } = useAccounts();
  const registries = (data ?? [])
    .filter((account) => account.space === space)
    .flatMap((account) =>
      account.regions.map((region) => ({ account, registry: { space, account: account.id, region } })),
    );
  return (
    <Select
      label={label}
      hint={hint}
      error={error}
      value={value && registryId(value)}
      options={registries.map(({ account, registry }) => ({
        value: registryId(registry),
        label: `${account.name} / ${registry.region}`,
      }))}
      onChange={(id) => {
        const chosen = registries.find(({ registry }) => registryId(registry) === id);
        if (chosen) onChange(chosen.registry);
      }}
      data-testid={testId}
    />
  );
}
