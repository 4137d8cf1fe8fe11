import type { TFunction } from "i18next";
import type { TimeLeft } from "../../api/types";

function duration(seconds: number, t: TFunction): string {
  if (seconds < 90) return t("activity.engine.seconds", { count: Math.max(1, Math.round(seconds)) });
  if (seconds < 90 * 60) return t("activity.engine.minutes", { count: Math.round(seconds / 60) });
  return t("activity.engine.hours", { count: Math.round(seconds / 3600) });
}

/** A run's remaining time, as a range unless both ends read the same. */
export function timeLeftText(left: TimeLeft, t: TFunction): string {
  const least = duration(left.least, t);
  const most = duration(left.most, t);
  return least === most
    ? t("activity.engine.left", { time: most })
    : t("activity.engine.leftRange", { least, most });
}
