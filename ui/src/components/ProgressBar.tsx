import styles from "./ProgressBar.module.css";

/** The progress of something. Without a total it only shows activity. */
export function ProgressBar({ label, value, total }: { label: string; value: number; total: number | null }) {
  const known = total !== null && total > 0;
  const share = known ? Math.min(1, value / total) : 0;
  return (
    <div
      className={styles.track}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={known ? Math.floor(share * 100) : undefined}
    >
      <div
        className={known ? styles.bar : styles.moving}
        style={known ? { transform: `scaleX(${share})` } : undefined}
      />
    </div>
  );
}
