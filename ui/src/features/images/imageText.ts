import type { TFunction } from "i18next";
import type { ImageRow, ReplicationState, ReplicationStatus } from "../../api/types";
import type { Status } from "../../components/Badge";

/** The type of an image, in a word or two. */
export function typeText(
  image: Pick<ImageRow, "mediaType" | "artifactType" | "isIndex" | "subject">,
  t: TFunction,
) {
  if (image.subject) return t("images.type.signature");
  if (image.isIndex) {
    return t(image.mediaType.includes("docker") ? "images.type.dockerIndex" : "images.type.index");
  }
  const kind = image.artifactType ?? "";
  if (kind.includes("helm")) return t("images.type.chart");
  if (image.mediaType.includes("docker")) return t("images.type.docker");
  if (kind === "" || kind.includes("image.config")) return t("images.type.image");
  return t("images.type.other");
}

const looks: Record<ReplicationState, Status> = {
  inProgress: "progress",
  complete: "complete",
  failed: "failed",
};

/** The appearance of a replication state. */
export function replicationLook(state: ReplicationState): Status {
  return looks[state];
}

/** The states among several destinations, the most important first; complete only when all of them are. */
export function shownStates(statuses: readonly ReplicationStatus[]): ReplicationState[] {
  const open = (["failed", "inProgress"] as const).filter((state) =>
    statuses.some((status) => status.state === state),
  );
  return open.length > 0 || statuses.length === 0 ? open : ["complete"];
}

/** A destination in words. */
export function destinationText(status: ReplicationStatus): string {
  return `${status.destinationName ?? status.destination.account} / ${status.destination.region}`;
}

/** An image's display name: its first tag, or its short digest. */
export function imageName(image: Pick<ImageRow, "tags" | "digest">): string {
  return image.tags[0] ?? image.digest.slice(0, 19);
}
