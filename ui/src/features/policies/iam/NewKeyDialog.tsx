import { skipToken, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../../../api/client";
import { keys } from "../../../api/keys";
import { Button } from "../../../components/Button";
import { CodeBlock } from "../../../components/CodeBlock";
import { Dialog } from "../../../components/Dialog";
import { Notice } from "../../../components/Findings";
import { ErrorState, SkeletonLines } from "../../../components/States";
import { hasEnded } from "../../events/applyEvent";
import styles from "./Iam.module.css";

/** The secret of the access key that a run created, once. */
export function NewKeyDialog({ run, user, onClose }: { run: string; user: string; onClose: () => void }) {
  const { t } = useTranslation();
  const watched = useQuery({ queryKey: keys.run(run), queryFn: () => api.run({ run }) });
  const state = watched.data?.state;
  const failed = state !== undefined && hasEnded(state) && state !== "done";
  // Asked once: a second answer does not exist.
  const taken = useQuery({
    queryKey: ["newKey", run],
    queryFn: state === "done" ? () => api.takeKey({ run }) : skipToken,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  });
  const error = watched.error ?? taken.error;
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("iam.newKey.title", { user })}
      footer={
        <Button variant="primary" onClick={onClose} data-testid="iam-new-key-done">
          {t("iam.newKey.done")}
        </Button>
      }
      data-testid="dialog-iam-new-key"
    >
      <div className={styles.stack}>
        {error && (
          <ErrorState
            error={error}
            compact
            onRetry={() => void (watched.error ? watched.refetch() : taken.refetch())}
          />
        )}
        {failed && <Notice severity="error">{t("iam.newKey.failed")}</Notice>}
        {!error && !failed && !taken.data && (
          <>
            <p>{t("iam.newKey.waiting")}</p>
            <SkeletonLines lines={3} />
          </>
        )}
        {taken.data && (
          <>
            <Notice severity="warning">{t("iam.newKey.once")}</Notice>
            <h3 className={styles.heading}>{t("iam.newKey.id")}</h3>
            <CodeBlock name={t("iam.newKey.id")} text={taken.data.id} data-testid="iam-new-key-id" />
            <h3 className={styles.heading}>{t("iam.newKey.secret")}</h3>
            <CodeBlock
              name={t("iam.newKey.secret")}
              text={taken.data.secret}
              data-testid="iam-new-key-secret"
            />
          </>
        )}
      </div>
    </Dialog>
  );
}
