import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/client";
import { keys } from "../../api/keys";
import type { DocumentKey, Ownership } from "../../api/types";

/** CloudFormation allows few questions, and owners change rarely. */
const FRESH_FOR = 60_000;

/** Who manages a document. */
export function useOwner(document: DocumentKey) {
  return useQuery({
    queryKey: keys.owner(document),
    queryFn: () => api.owner(document),
    staleTime: FRESH_FOR,
    retry: false,
  });
}

/** A change of what is said about an owner; its response is what is shown. */
export function useOwnerChange<Request>(
  change: (request: Request) => Promise<Ownership>,
  onDone?: () => void,
) {
  const client = useQueryClient();
  return useMutation<Ownership, unknown, Request>({
    mutationFn: change,
    onSuccess: (found) => {
      client.setQueryData(keys.owner(found.key), found);
      onDone?.();
    },
  });
}
