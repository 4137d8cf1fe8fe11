import { type ReactNode, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { SsoSessionKey } from "../../api/types";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { visible } from "../../components/hidden";
import { ErrorState, SkeletonLines } from "../../components/States";
import { SignInFlow } from "./SignInFlow";
import { sessionId, useSsoSessions } from "./sessions";
import { useSessionChoice } from "./useSessionChoice";
import { useSignIn } from "./useSignIn";

interface SignInDialogProps {
  /** The session; null if it is not known, and must be chosen. */
  session: SsoSessionKey | null;
  /** A person has just asked for it, so that it begins at once. */
  atOnce?: boolean;
  onDone: () => void;
  onClose: () => void;
}

/** Signs in to a session of IAM Identity Center; closing it gives the sign-in up. */
export function SignInDialog({ session, ...rest }: SignInDialogProps) {
  return session ? <Known session={session} {...rest} /> : <Unknown {...rest} />;
}

function Known({ session, atOnce = false, onDone, onClose }: SignInDialogProps & { session: SsoSessionKey }) {
  const { t } = useTranslation();
  const read = useSsoSessions();
  const signIn = useSignIn(onDone);
  const way = read.data?.find(({ key }) => sessionId(key) === sessionId(session))?.way ?? "browser";
  const ready = read.data !== undefined;
  const { start } = signIn;
  // Once, although its dependencies change.
  const begun = useRef(false);
  useEffect(() => {
    if (!atOnce || !ready || begun.current) return;
    begun.current = true;
    start(session, way);
  }, [atOnce, ready, start, session, way]);
  return (
    <Frame title={t("signin.dialog.titleNamed", { session: visible(session.session) })} onClose={onClose}>
      {ready ? (
        <SignInFlow signIn={signIn} session={session} way={way} />
      ) : read.error && !read.isFetching ? (
        <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />
      ) : (
        <SkeletonLines lines={3} />
      )}
    </Frame>
  );
}

function Unknown({ onDone, onClose }: Omit<SignInDialogProps, "session">) {
  const { t } = useTranslation();
  const { form } = useSessionChoice({ onSignedIn: onDone, always: true });
  return (
    <Frame title={t("signin.dialog.title")} onClose={onClose}>
      <p>{t("signin.dialog.which")}</p>
      {form}
    </Frame>
  );
}

function Frame({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      description={t("signin.dialog.text")}
      data-testid="dialog-sign-in"
      footer={
        <Button onClick={onClose} data-testid="sign-in-close">
          {t("common.cancel")}
        </Button>
      }
    >
      {children}
    </Dialog>
  );
}
