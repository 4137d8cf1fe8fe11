import type { TFunction } from "i18next";

const units = ["B", "kB", "MB", "GB", "TB", "PB"] as const;

/**
 * A number of bytes in decimal units with three figures, as in ECR's console and bills:
 * `12.3 MB`. The command line uses the same format; `size.json` next to its function tests both.
 */
export function formatBytes(bytes: number): string {
  const whole = BigInt(Math.max(0, Math.round(Number.isFinite(bytes) ? bytes : 0)));
  let unit = 1n;
  for (const [place, name] of units.entries()) {
    for (let decimals = place === 0 ? 0 : 2; decimals >= 0; decimals--) {
      const scale = 10n ** BigInt(decimals);
      const rounded = (whole * scale + unit / 2n) / unit;
      if (rounded < 1000n || (place === units.length - 1 && decimals === 0)) {
        const rest = decimals === 0 ? "" : `.${(rounded % scale).toString().padStart(decimals, "0")}`;
        return `${rounded / scale}${rest} ${name}`;
      }
    }
    unit *= 1000n;
  }
  return `${whole} B`;
}

/** A digest short enough for a line: twelve digits, as docker shows them. */
export function shortDigest(digest: string): string {
  const hex = digest.slice(digest.indexOf(":") + 1);
  return hex.slice(0, 12);
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago something was, in the largest suitable unit. */
export function formatAge(at: Date, now: number, t: TFunction): string {
  const age = now - at.getTime();
  if (age < 45_000) return t("time.now");
  if (age < HOUR) return t("time.minutes", { count: Math.max(1, Math.round(age / MINUTE)) });
  if (age < DAY) return t("time.hours", { count: Math.round(age / HOUR) });
  if (age < 60 * DAY) return t("time.days", { count: Math.round(age / DAY) });
  return t("time.months", { count: Math.round(age / (30 * DAY)) });
}

/** How long something still lasts, rounded up to minutes. */
export function formatLeft(until: Date, now: number, t: TFunction): string {
  const left = until.getTime() - now;
  if (left < MINUTE) return t("time.leftSoon");
  const minutes = Math.ceil(left / MINUTE);
  if (minutes < 60) return t("time.leftMinutes", { count: minutes });
  return t("time.leftHours", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

// Created once: creating one takes longer than rendering a row.
const times = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const numbers = new Intl.NumberFormat();

/** A point in time in full, in the person's own zone. */
export function formatTime(at: Date): string {
  return Number.isNaN(at.getTime()) ? "" : times.format(at);
}

/** A whole number with thousands separators. */
export function formatCount(value: number): string {
  return numbers.format(value);
}

/** Splits a long text so that its end stays visible when the middle is cut. */
export function splitForEllipsis(text: string): [string, string] {
  const keep = Math.min(12, Math.floor(text.length / 2));
  return [text.slice(0, text.length - keep), text.slice(text.length - keep)];
}
