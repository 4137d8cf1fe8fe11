import { useSyncExternalStore } from "react";
import { t } from "../i18n";
import { CopyButton } from "./CopyButton";
import { cx } from "./cx";
import {
  formatAge,
  formatBytes,
  formatCount,
  formatLeft,
  formatTime,
  shortDigest,
  splitForEllipsis,
} from "./format";
import styles from "./Values.module.css";

// One clock for all ages in the window; it ticks only while an age is shown.
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const watchers = new Set<() => void>();

function watchClock(watcher: () => void): () => void {
  watchers.add(watcher);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of watchers) each();
  }, 15_000);
  return () => {
    watchers.delete(watcher);
    if (watchers.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

function useNow(): number {
  if (watchers.size === 0) now = Date.now();
  return useSyncExternalStore(watchClock, () => now);
}

/** How long ago something was, with the exact time in the title; a dash if it is unknown. */
export function Ago({ at }: { at: string | null | undefined }) {
  const current = useNow();
  if (!at) return <span className={styles.faint}>{t("common.none")}</span>;
  const date = new Date(at);
  return (
    <time dateTime={at} title={formatTime(date)}>
      {formatAge(date, Math.max(current, date.getTime()), t)}
    </time>
  );
}

/** How long something still lasts, with its end in the title. */
export function Left({ until }: { until: string }) {
  const current = useNow();
  const date = new Date(until);
  // The clock of ages may be some seconds behind, and would show more time than there ever was.
  return (
    <time dateTime={until} title={formatTime(date)}>
      {formatLeft(date, Math.max(current, Date.now()), t)}
    </time>
  );
}

/** A number of bytes, with the exact number in the title. */
export function Bytes({ value }: { value: number | null | undefined }) {
  if (value === null || value === undefined) return <span className={styles.faint}>{t("common.none")}</span>;
  return <span title={t("common.bytes", { count: value })}>{formatBytes(value)}</span>;
}

/** A count, or a dash if it is unknown. */
export function Count({ value }: { value: number | null | undefined }) {
  if (value === null || value === undefined) return <span className={styles.faint}>{t("common.none")}</span>;
  return <span className={styles.number}>{formatCount(value)}</span>;
}

/** A short digest, with the full one in its title, and a button that copies it. */
export function Digest({ value, copy = true, full }: { value: string; copy?: boolean; full?: boolean }) {
  return (
    <span className={styles.digest}>
      <code title={value} className={cx(full && styles.full)}>
        {full ? value : shortDigest(value)}
      </code>
      {copy && <CopyButton text={value} name={t("common.digest")} />}
    </span>
  );
}

/** A name that may be too long: the middle is cut, the end stays, and the title has the full name. */
export function LongName({ text, mono }: { text: string; mono?: boolean }) {
  const [head, tail] = splitForEllipsis(text);
  return (
    <span className={cx(styles.long, mono && styles.mono)} title={text}>
      <span className={styles.head}>{head}</span>
      <span className={styles.tail}>{tail}</span>
    </span>
  );
}
