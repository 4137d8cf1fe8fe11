import { useMutation, useQueryClient } from "@tanstack/react-query";
import { LogIn, LogOut, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { toApiError } from "../../api/errors";
import { keys } from "../../api/keys";
import type { SsoSessionKey, SsoSessionView } from "../../api/types";
import { Badge } from "../../components/Badge";
import { Button } from "../../components/Button";
import { Card } from "../../components/Card";
import { formatTime } from "../../components/format";
import { visible } from "../../components/hidden";
import { ErrorState } from "../../components/States";
import { showToast } from "../../components/Toaster";
import { SignInDialog } from "../signin/SignInDialog";
import { isSignedIn, sessionId, tokenPlace, useSsoSessions } from "../signin/sessions";
import styles from "./Settings.module.css";

/** Sessions of IAM Identity Center: whether somebody is signed in, and where the sign-in is stored. */
export function SessionsCard() {
  const { t } = useTranslation();
  const read = useSsoSessions();
  const [signingIn, setSigningIn] = useState<SsoSessionKey | null>(null);
  if (read.error && !read.data && !read.isFetching) {
    return <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />;
  }
  if (!read.data || read.data.length === 0) return null;
  const close = () => setSigningIn(null);
  return (
    <Card title={t("signin.sessions.title")} flush data-testid="sso-sessions">
      <ul>
        {read.data.map((each) => (
          <Session key={sessionId(each.key)} session={each} onSignIn={() => setSigningIn(each.key)} />
        ))}
      </ul>
      {signingIn && <SignInDialog session={signingIn} atOnce onDone={close} onClose={close} />}
    </Card>
  );
}

function Session({ session, onSignIn }: { session: SsoSessionView; onSignIn: () => void }) {
  const { t } = useTranslation();
  const { key, startUrl, region, inFiles, signedInUntil, held, unknown } = session;
  const name = visible(key.session);
  const signedIn = signedInUntil !== null && isSignedIn(session);
  return (
    <li className={styles.account} data-testid={`sso-session-${key.session}`}>
      <div className={styles.accountHead}>
        <strong className={styles.accountName}>{name}</strong>
        <Badge tone={signedIn ? "success" : "neutral"}>
          {signedIn
            ? t("signin.until", { time: formatTime(new Date(signedInUntil)) })
            : t("signin.notSignedIn")}
        </Badge>
        <span className={styles.spread} />
        {(held || unknown) && <Forget session={session} signedIn={signedIn && held !== null} />}
        {!signedIn && (
          <Button
            size="small"
            icon={<LogIn />}
            onClick={onSignIn}
            aria-label={`${t("signin.in")}: ${name}`}
            data-testid={`sign-in-${key.session}`}
          >
            {t("signin.in")}
          </Button>
        )}
      </div>
      <dl className={styles.accountFacts}>
        <div>
          <dt>{t("signin.startUrl")}</dt>
          <dd>
            <code>{visible(startUrl)}</code>
          </dd>
        </div>
        <div>
          <dt>{t("settings.accounts.region")}</dt>
          <dd>{region}</dd>
        </div>
        <div>
          <dt>{t("signin.sessions.origin")}</dt>
          <dd>{t(inFiles ? "signin.sessions.files" : "signin.sessions.entered")}</dd>
        </div>
        <div>
          <dt>{t("signin.sessions.token")}</dt>
          <dd data-testid={`sso-token-${key.session}`} data-place={tokenPlace(session)}>
            <Token session={session} />
          </dd>
        </div>
      </dl>
    </li>
  );
}

/** Where the sign-in to a session is, and until when it is valid. */
function Token({ session }: { session: SsoSessionView }) {
  const { t } = useTranslation();
  const { held, unknown, ofTerminal } = session;
  const time = (at: string) => formatTime(new Date(at));
  const ended = held !== null && Date.parse(held.until) <= Date.now();
  const parts = [
    t(`signin.sessions.place.${tokenPlace(session)}`),
    ...(unknown ? [visible([unknown.message, unknown.hint].filter(Boolean).join(" "))] : []),
    ...(held?.refreshes ? [t("signin.sessions.refreshes")] : []),
    ...(held && ended && !held.refreshes ? [t("signin.sessions.heldUntil", { time: time(held.until) })] : []),
    ...(held && ofTerminal !== null ? [t("signin.sessions.also", { time: time(ofTerminal) })] : []),
  ];
  return (
    <>
      {parts.map((part) => (
        <p key={part}>{part}</p>
      ))}
    </>
  );
}

/** Forgets the sign-in that Longshore holds; one that is valid is ended at Identity Center too. */
function Forget({ session: { key }, signedIn }: { session: SsoSessionView; signedIn: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const out = useMutation({
    mutationFn: () => api.signOut(key),
    onSuccess: () => void client.invalidateQueries({ queryKey: keys.ssoSessions }),
    onError: (error) =>
      showToast({
        kind: "error",
        title: t(signedIn ? "signin.outFailed" : "signin.forgetFailed"),
        text: toApiError(error).message,
      }),
  });
  const text = t(signedIn ? "signin.out" : "signin.forget");
  return (
    <Button
      size="small"
      icon={signedIn ? <LogOut /> : <Trash2 />}
      busy={out.isPending}
      onClick={() => out.mutate()}
      aria-label={`${text}: ${visible(key.session)}`}
      data-testid={`sign-out-${key.session}`}
    >
      {text}
    </Button>
  );
}
