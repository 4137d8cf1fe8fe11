import { useQuery } from "@tanstack/react-query";
import { api } from "../../../api/client";
import { keys } from "../../../api/keys";
import type { SsoSessionKey } from "../../../api/types";
import { sessionId } from "../../signin/sessions";

/** The accounts and roles of a session, read once somebody is signed in to it. */
export function useCandidates(session: SsoSessionKey | null) {
  return useQuery({
    queryKey: keys.ssoAccounts(session ? sessionId(session) : ""),
    queryFn: () => api.ssoAccounts(session as SsoSessionKey),
    enabled: session !== null,
    staleTime: 0,
  });
}
