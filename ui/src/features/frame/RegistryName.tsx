import { useTranslation } from "react-i18next";
import type { RegistryKey } from "../../api/types";
import { ColourDot } from "../../components/Badge";
import { placeOf, placeText } from "./place";
import styles from "./RegistryName.module.css";
import { useAccountOf } from "./scope";

/** A registry by its account's name and colour, with its id in the title. */
export function RegistryName({ registry, region = true }: { registry: RegistryKey; region?: boolean }) {
  const { t } = useTranslation();
  const account = useAccountOf(registry);
  const title = [registry.account, registry.region];
  const place = account && placeOf(account.space, [account]);
  if (place?.kind === "custom" || place?.kind === "vpc") title.push(placeText(place, t));
  return (
    <span className={styles.registry} title={title.join(" · ")}>
      {account && <ColourDot colour={account.colour} />}
      <span className={styles.name}>{account?.name ?? registry.account}</span>
      {region && <span className={styles.region}>{registry.region}</span>}
    </span>
  );
}
