import { useTranslation } from "react-i18next";
import type { SsoSessionKey } from "../../api/types";
import { useTokenPlaces } from "./sessions";

/** Where the token of a session is stored, as far as it is known. */
export function TokenPlaceText({ session }: { session: SsoSessionKey }) {
  const { t } = useTranslation();
  const place = useTokenPlaces().placeOf(session) ?? (session.startUrl === null ? "unknown" : "keychain");
  return <>{t(`signin.sessions.place.${place}`)}</>;
}
