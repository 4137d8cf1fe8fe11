import type { TFunction } from "i18next";
import type { PromotionEntry } from "../../../api/types";
import { shortDigest } from "../../../components/format";

const EVENTS = ["promoted", "rolled_back", "undone", "held", "resumed", "blocked", "unblocked"] as const;

/** What an entry records, in a word; one that is newer than this window as it is. */
export function eventText(t: TFunction, { event }: PromotionEntry): string {
  const known = EVENTS.find((each) => each === event);
  return known ? t(`record.event.${known}`) : event;
}

/** The build of an entry: its first tag, and its digest. */
export function entryBuild({ digest, destinations }: PromotionEntry): string | null {
  if (digest === null) return null;
  const tag = destinations.find((each) => each.tag !== null)?.tag;
  return tag ? `${tag} · ${shortDigest(digest)}` : shortDigest(digest);
}
