import { registryId } from "../../api/keys";
import type { BackfillView, RegistryKey } from "../../api/types";
import type { Status } from "../../components/Badge";

/** The most backfills of a registry at once (ECR's quota). */
const MOST = 10;

/** Why ECR cannot run backfills to some destinations at the same time. */
export interface Conflict {
  kind: "sameRegion" | "tooMany";
  /** The Region that two of them are in. */
  region: string;
}

/** The first reason why ECR cannot run backfills to all of these destinations at once. */
export function conflictOf(destinations: readonly RegistryKey[]): Conflict | null {
  const regions = destinations.map(({ region }) => region);
  const twice = regions.find((region, index) => regions.indexOf(region) !== index);
  if (twice !== undefined) return { kind: "sameRegion", region: twice };
  return destinations.length > MOST ? { kind: "tooMany", region: "" } : null;
}

/** The ids of as many destinations as ECR can run backfills to at once. */
export function initiallyChosen(destinations: readonly RegistryKey[]): string[] {
  const chosen: RegistryKey[] = [];
  for (const each of destinations) {
    if (!conflictOf([...chosen, each])) chosen.push(each);
  }
  return chosen.map(registryId);
}

/** Whether a backfill still changes, and can be stopped. */
export function isActive({ status }: BackfillView): boolean {
  return status === "preparing" || status === "inProgress";
}

/** Whether a backfill has ended, so that ECR names the images that failed. */
export function hasResults({ status }: BackfillView): boolean {
  return status === "complete" || status === "failed" || status === "stopped";
}

/** How a backfill's state looks. */
export function backfillLook({ status, failed }: BackfillView): Status {
  switch (status) {
    case "preparing":
    case "inProgress":
    case "stopping":
      return "progress";
    case "complete":
      return failed > 0 ? "warning" : "complete";
    case "failed":
      return "failed";
    case "stopped":
      return "cancelled";
  }
}
