import { useTranslation } from "react-i18next";
import type { SsoSessionKey } from "../../api/types";
import { sessionId, tokenPlace, useSsoSessions } from "./sessions";

/** Where the sign-in to a session is, as far as it is known. */
export function TokenPlaceText({ session }: { session: SsoSessionKey }) {
  const { t } = useTranslation();
  const { data, error } = useSsoSessions();
  if (!data && !error) return null;
  const found = data?.find(({ key }) => sessionId(key) === sessionId(session));
  return <>{t(`signin.sessions.place.${found ? tokenPlace(found) : "unknown"}`)}</>;
}
