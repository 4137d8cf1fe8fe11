import { cx } from "./cx";
import styles from "./Meter.module.css";

/** How much of a limit is used, as text and as a bar. It warns near and above the limit. */
export function Meter({
  text,
  value,
  most,
  "data-testid": testId,
}: {
  text: string;
  value: number;
  most: number;
  "data-testid"?: string;
}) {
  const share = Math.min(1, value / most);
  return (
    <div className={cx(styles.meter, value > most && styles.over)} data-testid={testId}>
      <span>{text}</span>
      <div
        className={styles.track}
        role="meter"
        aria-label={text}
        aria-valuemin={0}
        aria-valuemax={most}
        aria-valuenow={Math.min(value, most)}
      >
        <div
          className={cx(styles.bar, share > 0.9 && styles.nearly)}
          style={{ transform: `scaleX(${share})` }}
        />
      </div>
    </div>
  );
}
