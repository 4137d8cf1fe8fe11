import { useQuery } from "@tanstack/react-query";
import { api } from "../../api/client";
import { keys, registryId } from "../../api/keys";
import type { ApiError, Arrivals, ArrivedTag, ImageRow, RepositoryKey } from "../../api/types";

/** The most tags that are asked about, since each of them is a call. */
const MOST = 10;

/** What is known of an image's tags at one destination. */
export interface Arrived {
  tags: ArrivedTag[];
  /** Why tags are not known. */
  problem: ApiError | null;
  /** Whether every tag that was asked about points at the image; null if that is not known. */
  done: boolean | null;
}

/** An image's tags at its destinations, by the ids of those. */
export type ArrivedTags = Record<string, Arrived>;

/**
 * Asks whether the tags of an image arrived, once ECR reports it as complete somewhere: ECR reports that for
 * the digest, and not for its tags.
 */
export function useArrivals(repositoryKey: RepositoryKey, { digest, tags, replication }: ImageRow) {
  const states = replication.map(({ destination, state }) => `${registryId(destination)} ${state}`);
  const asked = tags.slice(0, MOST);
  return useQuery({
    queryKey: [...keys.arrivals(repositoryKey), digest, tags, states],
    queryFn: async (): Promise<ArrivedTags> => {
      const calls = asked.map((tag) =>
        api.arrivals({ repository: repositoryKey, tag, digest: null, limit: 1 }),
      );
      return merged(digest, await Promise.all(calls));
    },
    enabled: tags.length > 0 && replication.some(({ state }) => state === "complete"),
  });
}

/** The answers about the tags of one digest, together. */
function merged(digest: string, answers: readonly Arrivals[]): ArrivedTags {
  const found: ArrivedTags = {};
  // A tag that was moved at the source is no longer one of the image.
  const images = answers.flatMap((answer) => answer.images).filter((image) => image.digest === digest);
  for (const { destination, tags, problem, done } of images.flatMap((image) => image.destinations)) {
    const id = registryId(destination);
    const before = found[id] ?? { tags: [], problem: null, done: true };
    found[id] = {
      tags: [...before.tags, ...(tags ?? [])],
      problem: before.problem ?? problem,
      done: both(before.done, done),
    };
  }
  return found;
}

/** What is wrong outweighs what is not known. */
function both(one: boolean | null, other: boolean | null): boolean | null {
  if (one === false || other === false) return false;
  return one === null || other === null ? null : true;
}
