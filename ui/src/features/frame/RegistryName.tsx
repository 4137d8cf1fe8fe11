import type { RegistryKey } from "../../api/types";
import { ColourDot } from "../../components/Badge";
import styles from "./RegistryName.module.css";
import { useAccountOf } from "./scope";

/** A registry by its account's name and colour, with its id in the title. */
export function RegistryName({ registry, region = true }: { registry: RegistryKey; region?: boolean }) {
  const account = useAccountOf(registry);
  return (
    <span className={styles.registry} title={`${registry.account} · ${registry.region}`}>
      {account && <ColourDot colour={account.colour} />}
      <span className={styles.name}>{account?.name ?? registry.account}</span>
      {region && <span className={styles.region}>{registry.region}</span>}
    </span>
  );
}
