import { Menu as Base } from "@base-ui/react/menu";
import { Check } from "lucide-react";
import { type ComponentProps, cloneElement, type ReactElement, type ReactNode, useState } from "react";
import { cx } from "./cx";
import styles from "./Menu.module.css";

export interface MenuItem {
  id: string;
  label: ReactNode;
  icon?: ReactNode;
  /** Whether this item is selected. */
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

/**
 * A menu of actions or choices. Until it is first opened, only the button is rendered: a list has
 * hundreds.
 */
export function Menu({ trigger, ...menu }: MenuProps) {
  const [opened, setOpened] = useState(false);
  if (opened) return <OpenedMenu trigger={trigger} {...menu} />;
  const open = () => setOpened(true);
  return cloneElement(trigger as ReactElement<ComponentProps<"button">>, {
    "aria-haspopup": "menu",
    "aria-expanded": false,
    onClick: open,
    onKeyDown: (event) => {
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      event.preventDefault();
      open();
    },
  });
}

function OpenedMenu({ trigger, items, align = "start", "data-testid": testId }: MenuProps) {
  const choosing = items.some((item) => item.checked !== undefined);
  return (
    <Base.Root modal={false} defaultOpen>
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
