import { ExternalLink } from "lucide-react";
import { useTranslation } from "react-i18next";
import { toApiError } from "../../api/errors";
import type { SignIn, SignInWay, SsoSessionKey } from "../../api/types";
import { Button } from "../../components/Button";
import { CopyButton } from "../../components/CopyButton";
import { visible } from "../../components/hidden";
import { Spinner } from "../../components/Spinner";
import { ErrorState } from "../../components/States";
import { lacksKeychain } from "./keys";
import styles from "./SignIn.module.css";
import type { SigningIn } from "./useSignIn";

/** Signs in to a session: the ways to do it, then the link and the code while it waits, then what failed. */
export function SignInFlow({
  signIn,
  session,
  way,
  atFields = [],
}: {
  signIn: SigningIn;
  /** The session; null until enough is entered. */
  session: SsoSessionKey | null;
  /** How the person signed in the last time. */
  way: SignInWay;
  /** Errors of these fields are shown elsewhere. */
  atFields?: readonly string[];
}) {
  const { t } = useTranslation();
  const { current, refused } = signIn;
  if (current?.state.state === "waiting") return <Waiting signIn={signIn} current={current} />;
  const other = way === "browser" ? "device" : "browser";
  const problem = refused === null ? null : toApiError(refused);
  const start = (chosen: SignInWay) => () => session && signIn.start(session, chosen);
  return (
    <div className={styles.flow}>
      {current?.state.state === "failed" && <ErrorState error={current.state.error} compact />}
      {problem && !atFields.includes(problem.field ?? "") && !signIn.starting && (
        <ErrorState
          error={problem}
          compact
          onRetry={signIn.retry}
          actions={
            lacksKeychain(problem) && (
              <Button
                size="small"
                onClick={signIn.startForNow}
                title={t("signin.keepText")}
                data-testid="sign-in-for-now"
              >
                {t("signin.keep")}
              </Button>
            )
          }
        />
      )}
      <div className={styles.buttons}>
        <Button
          variant="primary"
          disabled={session === null}
          busy={signIn.starting}
          onClick={start(way)}
          data-testid="sign-in-start"
        >
          {t(`signin.${way}`)}
        </Button>
        <Button
          disabled={session === null || signIn.starting}
          onClick={start(other)}
          data-testid={`sign-in-${other}`}
        >
          {t(other === "device" ? "signin.device" : "signin.rather")}
        </Button>
      </div>
    </div>
  );
}

function Waiting({ signIn, current }: { signIn: SigningIn; current: SignIn }) {
  const { t } = useTranslation();
  const { way, url, userCode, session } = current;
  return (
    <div className={styles.flow} data-testid="sign-in-waiting">
      <p className={styles.status} role="status">
        <Spinner /> {t(`signin.waiting.${way}`)}
      </p>
      <p className={styles.muted}>{t(`signin.${way}Text`)}</p>
      <dl className={styles.facts}>
        {userCode !== null && (
          <>
            <dt>{t("signin.code")}</dt>
            <dd>
              <code className={styles.code} data-testid="sign-in-code">
                {visible(userCode)}
              </code>
            </dd>
            <dd>
              <CopyButton text={userCode} name={t("signin.code")} label={t("signin.copyCode")} />
            </dd>
          </>
        )}
        <dt>{t("signin.link")}</dt>
        <dd>
          {/* Long, so that it scrolls, by keys too. */}
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
          <code className={styles.link} tabIndex={0} data-testid="sign-in-link">
            {visible(url)}
          </code>
        </dd>
        <dd>
          <CopyButton text={url} name={t("signin.link")} label={t("signin.copyLink")} />
        </dd>
      </dl>
      {signIn.notOpened !== null && <ErrorState error={signIn.notOpened} compact onRetry={signIn.open} />}
      {signIn.unread !== null && <ErrorState error={signIn.unread} compact onRetry={signIn.again} />}
      {signIn.refused !== null && <ErrorState error={signIn.refused} compact onRetry={signIn.retry} />}
      <div className={styles.buttons}>
        <Button icon={<ExternalLink />} onClick={signIn.open} data-testid="sign-in-open">
          {t("signin.openLink")}
        </Button>
        {way === "browser" && (
          <Button
            busy={signIn.starting}
            onClick={() => signIn.start(session, "device")}
            data-testid="sign-in-device"
          >
            {t("signin.device")}
          </Button>
        )}
        <Button variant="ghost" busy={signIn.cancelling} onClick={signIn.cancel} data-testid="sign-in-cancel">
          {t("signin.cancel")}
        </Button>
      </div>
    </div>
  );
}
