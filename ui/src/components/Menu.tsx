import { Menu as Base } from "@base-ui/react/menu";
import { Check } from "lucide-react";
import type { ReactElement, ReactNode } from "react";
import { cx } from "./cx";
import styles from "./Menu.module.css";

export interface MenuItem {
  id: string;
  label: ReactNode;
  icon?: ReactNode;
  /** Shows whether this is the chosen one. */
  checked?: boolean;
  danger?: boolean;
  disabled?: boolean;
  onSelect: () => void;
  /** A line above this item. */
  separated?: boolean;
}

export interface MenuProps {
  /** The button that opens the menu. */
  trigger: ReactElement;
  items: readonly MenuItem[];
  align?: "start" | "end";
  /** Items carry the test id `<testid>-<id>`. */
  "data-testid"?: string;
}

/** Actions or choices behind a button. */
export function Menu({ trigger, items, align = "start", "data-testid": testId }: MenuProps) {
  const choosing = items.some((item) => item.checked !== undefined);
  return (
    <Base.Root modal={false}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner className={styles.positioner} sideOffset={4} align={align}>
          <Base.Popup className={styles.popup} data-testid={testId}>
            {items.map((item) => (
              <MenuRow key={item.id} item={item} choosing={choosing} testId={testId} />
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

function MenuRow({
  item,
  choosing,
  testId,
}: {
  item: MenuItem;
  choosing: boolean;
  testId: string | undefined;
}) {
  return (
    <>
      {item.separated && <Base.Separator className={styles.separator} />}
      <Base.Item
        className={cx(styles.item, item.danger && styles.danger)}
        disabled={item.disabled}
        onClick={item.onSelect}
        data-testid={testId && `${testId}-${item.id}`}
        aria-current={item.checked ? "true" : undefined}
      >
        {choosing && <span className={styles.mark}>{item.checked && <Check aria-hidden="true" />}</span>}
        {item.icon}
        <span className={styles.label}>{item.label}</span>
      </Base.Item>
    </>
  );
}
