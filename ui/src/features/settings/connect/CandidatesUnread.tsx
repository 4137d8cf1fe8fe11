import { useTranslation } from "react-i18next";
import { Button } from "../../../components/Button";
import { ErrorState, SkeletonLines } from "../../../components/States";
import { needsSignIn } from "../../signin/sessions";
import type { SessionChoice } from "../../signin/useSessionChoice";
import type { useCandidates } from "./useCandidates";

/** Accounts of a session that are being read, or cannot be: the sign-in may have ended. */
export function CandidatesUnread({
  read,
  choice,
}: {
  read: ReturnType<typeof useCandidates>;
  choice: SessionChoice;
}) {
  const { t } = useTranslation();
  if (!read.error || read.isFetching) return <SkeletonLines lines={4} />;
  return needsSignIn(read.error) ? (
    <ErrorState
      error={read.error}
      compact
      actions={
        <Button size="small" onClick={choice.expired} data-testid="sso-expired">
          {t("signin.again")}
        </Button>
      }
    />
  ) : (
    <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />
  );
}
