import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { formatBytes } from "../../components/format";
import { bandwidthAt, stepOf, UNLIMITED } from "./bandwidth";
import styles from "./Transfer.module.css";

/** The bandwidth limit of a run, on a logarithmic scale that ends at no limit. */
export function BandwidthSlider({
  value,
  onChange,
}: {
  value: number | null;
  onChange: (bandwidth: number | null) => void;
}) {
  const { t } = useTranslation();
  // The dragged value; the application's value is used again once it has responded.
  const [dragged, setDragged] = useState<number | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: exactly when the limit changes
  useEffect(() => setDragged(null), [value]);
  useEffect(() => {
    if (dragged === null) return;
    const timer = setTimeout(() => onChange(bandwidthAt(dragged)), 250);
    return () => clearTimeout(timer);
  }, [dragged, onChange]);
  const step = dragged ?? stepOf(value);
  const shown = dragged === null ? value : bandwidthAt(dragged);
  const text =
    shown === null ? t("activity.engine.unlimited") : t("activity.engine.rate", { rate: formatBytes(shown) });
  return (
    <label className={styles.bandwidth}>
      <span>{t("activity.engine.bandwidth")}</span>
      <input
        type="range"
        min={0}
        max={UNLIMITED}
        step={1}
        value={step}
        onChange={(event) => setDragged(Number(event.target.value))}
        aria-label={t("activity.engine.bandwidth")}
        aria-valuetext={text}
        data-testid="run-bandwidth"
      />
      <output className={styles.bandwidthText} data-testid="run-bandwidth-text">
        {text}
      </output>
    </label>
  );
}
