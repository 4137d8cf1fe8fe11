import { type ReactNode, useRef, useState } from "react";
import { cx } from "./cx";
import styles from "./SplitPane.module.css";

/** A main part and a side part whose width can be changed by mouse or arrow keys. */
export function SplitPane({
  side,
  sideAt,
  label,
  initial,
  least = 180,
  most = 640,
  children,
}: {
  side: ReactNode;
  sideAt: "left" | "right";
  /** Names the handle. */
  label: string;
  /** Initial width of the side part in pixels. */
  initial: number;
  least?: number;
  most?: number;
  children: ReactNode;
}) {
  const [width, setWidth] = useState(initial);
  const drag = useRef<{ x: number; width: number } | null>(null);
  const direction = sideAt === "left" ? 1 : -1;
  const set = (next: number) => setWidth(Math.max(least, Math.min(most, next)));

  const part = (
    <div className={styles.side} style={{ width }}>
      {side}
    </div>
  );
  const handle = (
    <div
      className={styles.handle}
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={width}
      aria-valuemin={least}
      aria-valuemax={most}
      tabIndex={0}
      onPointerDown={(event) => {
        drag.current = { x: event.clientX, width };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        if (drag.current) set(drag.current.width + direction * (event.clientX - drag.current.x));
      }}
      onPointerUp={() => {
        drag.current = null;
      }}
      onKeyDown={(event) => {
        if (event.key === "ArrowLeft") set(width - direction * 16);
        else if (event.key === "ArrowRight") set(width + direction * 16);
        else return;
        event.preventDefault();
      }}
    />
  );
  return (
    <div className={cx(styles.split, sideAt === "right" && styles.right)}>
      {part}
      {handle}
      <div className={styles.main}>{children}</div>
    </div>
  );
}
