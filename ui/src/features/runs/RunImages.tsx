import { ChevronDown, ChevronRight, X } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { RunImage, RunLayer } from "../../api/types";
import { StatusPill } from "../../components/Badge";
import { Button, IconButton } from "../../components/Button";
import { formatBytes, shortDigest } from "../../components/format";
import { ProgressBar } from "../../components/ProgressBar";
import { ErrorState } from "../../components/States";
import { Digest, LongName } from "../../components/Values";
import styles from "./Runs.module.css";
import { byUrgency, imageProgress, movesBytes, runLook } from "./runText";

const SHOWN = 50;

/** The images of a run, those that need attention first, each with its layers. */
export function RunImages({ images }: { images: readonly RunImage[] }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(SHOWN);
  const sorted = useMemo(() => byUrgency(images), [images]);
  if (images.length === 0) return null;
  return (
    <section className={styles.images} aria-label={t("activity.images")}>
      <h3 className={styles.part}>{t("activity.imageCount", { count: images.length })}</h3>
      <ul className={styles.imageList}>
        {sorted.slice(0, shown).map((image) => (
          <RunImageItem
            key={`${image.destination} ${image.digest}`}
            image={image}
            alone={images.length === 1}
          />
        ))}
      </ul>
      {sorted.length > shown && (
        <Button size="small" onClick={() => setShown(shown + SHOWN)} data-testid="run-images-more">
          {t("activity.more", { count: sorted.length - shown })}
        </Button>
      )}
    </section>
  );
}

/** An image with its layers, which are open initially if it is the only one or needs attention. */
export function RunImageItem({
  image,
  alone,
  onClose,
}: {
  image: RunImage;
  alone: boolean;
  /** Closes it, if it was opened from a list. */
  onClose?: () => void;
}) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<boolean | null>(null);
  const open = chosen ?? (alone || image.state === "running" || image.state === "failed");
  const { value, total } = imageProgress(image);
  return (
    <li className={styles.image} data-testid="run-image" data-state={image.state}>
      <div className={styles.imageRow}>
        <button
          type="button"
          className={styles.expand}
          aria-expanded={open}
          aria-label={t("activity.layersOf", { name: image.destination })}
          disabled={image.layers.length === 0}
          onClick={() => setChosen(!open)}
        >
          {open ? <ChevronDown aria-hidden="true" /> : <ChevronRight aria-hidden="true" />}
        </button>
        <StatusPill status={runLook(image.state)}>{t(`activity.state.${image.state}`)}</StatusPill>
        <div className={styles.names}>
          <LongName text={image.destination} mono />
          <span className={styles.from}>
            {t("activity.from")} <LongName text={image.source} mono />
          </span>
        </div>
        {onClose && (
          <IconButton
            label={t("common.close")}
            icon={<X />}
            onClick={onClose}
            data-testid="run-image-close"
          />
        )}
      </div>
      <div className={styles.imageFacts}>
        <Digest value={image.digest} />
        {image.state === "running" && (
          <div className={styles.imageBar}>
            <ProgressBar label={image.destination} value={value} total={total} />
          </div>
        )}
      </div>
      {image.error && <ErrorState error={image.error} compact />}
      {open && image.layers.length > 0 && (
        <ul className={styles.layers} aria-label={t("activity.layersOf", { name: image.destination })}>
          {image.layers.map((layer) => (
            <Layer key={layer.digest} layer={layer} />
          ))}
        </ul>
      )}
    </li>
  );
}

function Layer({ layer }: { layer: RunLayer }) {
  const { t } = useTranslation();
  return (
    <li className={styles.layer} data-testid="run-layer" data-action={layer.action}>
      <code title={layer.digest}>{shortDigest(layer.digest)}</code>
      {movesBytes(layer) ? (
        <ProgressBar label={shortDigest(layer.digest)} value={layer.moved} total={layer.total} />
      ) : (
        <span className={styles.noBytes} aria-hidden="true" />
      )}
      <span className={styles.layerText}>
        {t(`activity.layer.${layer.action}`, {
          moved: formatBytes(layer.moved),
          total: formatBytes(layer.total),
        })}
      </span>
    </li>
  );
}
