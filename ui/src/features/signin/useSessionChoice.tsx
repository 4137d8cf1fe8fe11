import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { errorText, toApiError } from "../../api/errors";
import type { SsoSessionKey, SsoSessionView } from "../../api/types";
import { formatTime } from "../../components/format";
import { visible } from "../../components/hidden";
import { RadioGroup } from "../../components/RadioGroup";
import { ErrorState, SkeletonLines } from "../../components/States";
import { TextField } from "../../components/TextField";
import styles from "./SignIn.module.css";
import { SignInFlow } from "./SignInFlow";
import { isSignedIn, sessionId, useSsoSessions } from "./sessions";
import { useSignIn } from "./useSignIn";

const OTHER = "other";
const FIELDS = ["startUrl", "region"] as const;

/** A session that is chosen or entered, and signed in to. */
export interface SessionChoice {
  /** The session that somebody is signed in to; null until then. */
  session: SsoSessionKey | null;
  /** Chooses a session, and signs in to it. */
  form: ReactNode;
  /** The sign-in has ended: the form asks for another one. */
  expired: () => void;
}

/** Chooses a session of the AWS configuration files, or takes a start URL, and signs in. */
export function useSessionChoice({
  onSignedIn,
  always = false,
}: {
  onSignedIn?: (session: SsoSessionKey) => void;
  /** Offers to sign in again to a session whose sign-in is still valid. */
  always?: boolean;
} = {}): SessionChoice {
  const { t } = useTranslation();
  const read = useSsoSessions();
  const [picked, setPicked] = useState<string | null>(null);
  const [entered, setEntered] = useState({ startUrl: "", region: "" });
  // The session of the last sign-in, and what was chosen for it.
  const [done, setDone] = useState<{ choice: string; session: SsoSessionKey } | null>(null);
  const [ended, setEnded] = useState<string | null>(null);
  const sessions = read.data ?? [];
  const chosen = picked ?? (sessions.length === 0 ? OTHER : sessions.length === 1 ? idOf(sessions[0]) : null);
  const view = sessions.find((each) => idOf(each) === chosen);
  const { startUrl, region } = { startUrl: entered.startUrl.trim(), region: entered.region.trim() };
  const isFilled = chosen === OTHER && startUrl !== "" && region !== "";
  const key = view?.key ?? (isFilled ? { session: "", startUrl, region } : null);
  const choice = key ? sessionId(key) : "";
  const signIn = useSignIn((session) => {
    setDone({ choice, session });
    setEnded(null);
    onSignedIn?.(session);
  });
  const known = done?.choice === choice ? done.session : view && isSignedIn(view) ? view.key : null;
  const session = ended === choice ? null : known;
  const refused = signIn.refused === null ? null : toApiError(signIn.refused);
  const field = (name: (typeof FIELDS)[number]) => ({
    label: t(`signin.${name}`),
    hint: t(`signin.${name}Hint`),
    error: chosen === OTHER && refused?.field === name ? errorText(refused) : undefined,
    value: entered[name],
    onChange: (event: { target: { value: string } }) =>
      setEntered((old) => ({ ...old, [name]: event.target.value })),
    mono: true,
    "data-testid": `sso-${name}`,
  });
  const expired = () => setEnded(choice);
  if (!read.data) {
    const error = read.error && !read.isFetching;
    return {
      session: null,
      expired,
      form: error ? (
        <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />
      ) : (
        <SkeletonLines lines={4} />
      ),
    };
  }
  return {
    session,
    expired,
    form: (
      <div className={styles.flow}>
        {sessions.length > 0 && (
          <div className={styles.sessions}>
            <RadioGroup
              label={t("signin.session")}
              value={chosen ?? ""}
              onChange={setPicked}
              options={[
                ...sessions.map((each) => ({
                  value: idOf(each),
                  label: visible(each.key.session),
                  hint: <SessionFacts session={each} />,
                })),
                { value: OTHER, label: t("signin.other") },
              ]}
              data-testid="sso-session"
            />
          </div>
        )}
        {chosen === OTHER && (
          <div className={styles.two}>
            <TextField {...field("startUrl")} />
            <TextField {...field("region")} />
          </div>
        )}
        {(always || !session) && (
          <SignInFlow
            signIn={signIn}
            session={key}
            way={sessions[0]?.way ?? "browser"}
            atFields={chosen === OTHER ? FIELDS : []}
          />
        )}
      </div>
    ),
  };
}

function idOf(session: SsoSessionView | undefined): string {
  return session ? sessionId(session.key) : OTHER;
}

/** Where a session is, and until when somebody is signed in. */
function SessionFacts({ session }: { session: SsoSessionView }) {
  const { t } = useTranslation();
  const { startUrl, region, signedInUntil } = session;
  return (
    <span className={styles.wrap}>
      {t("signin.sessionFacts", { startUrl: visible(startUrl), region })} ·{" "}
      {signedInUntil !== null && isSignedIn(session)
        ? t("signin.until", { time: formatTime(new Date(signedInUntil)) })
        : t("signin.notSignedIn")}
    </span>
  );
}
