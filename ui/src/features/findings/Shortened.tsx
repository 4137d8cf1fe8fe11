import { type ReactNode, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { registryId } from "../../api/keys";
import type { RegistryKey } from "../../api/types";
import { Button } from "../../components/Button";
import { cx } from "../../components/cx";
import { ScrollList } from "../../components/ScrollList";
import { RegistryName } from "../frame/RegistryName";
import styles from "./Findings.module.css";

/** The items that are shown before the list is opened. */
const SHOWN = 3;

/** The first items of a list, and a button that opens the whole list. */
export function Shortened<Item>({
  label,
  items,
  inline,
  children,
}: {
  /** The accessible name. */
  label: string;
  items: readonly Item[];
  /** The first items are in one line. */
  inline?: boolean;
  /** The `li` of an item. */
  children: (item: Item, index: number) => ReactNode;
}) {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  const id = useId();
  const more = items.length - SHOWN;
  return (
    <div className={cx(styles.shortened, inline && !all && styles.inline)}>
      {all ? (
        <div id={id} className={styles.opened}>
          <ScrollList label={label} className={styles.list}>
            {items.map(children)}
          </ScrollList>
        </div>
      ) : (
        <ul className={styles.few} aria-label={label}>
          {items.slice(0, SHOWN).map(children)}
        </ul>
      )}
      {more > 0 && (
        <Button
          size="small"
          variant="ghost"
          aria-expanded={all}
          aria-controls={all ? id : undefined}
          onClick={() => setAll(!all)}
          data-testid="same-more"
        >
          {all ? t("common.showLess") : t("findings.more", { count: more })}
        </Button>
      )}
    </div>
  );
}

/** Registries by name, the first few of them. */
export function RegistryNames({ registries }: { registries: readonly RegistryKey[] }) {
  const { t } = useTranslation();
  return (
    <Shortened label={t("findings.registries")} items={registries} inline>
      {(registry) => (
        <li key={registryId(registry)} data-testid="same-registry">
          <RegistryName registry={registry} />
        </li>
      )}
    </Shortened>
  );
}
