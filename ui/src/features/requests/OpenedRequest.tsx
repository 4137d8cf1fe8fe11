import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { OpenedRequest as Opened, OpenRequest } from "../../api/types";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { Notice } from "../../components/Findings";
import { ErrorState, SkeletonLines } from "../../components/States";
import { SpaceBadge } from "../frame/SpaceBadge";
import { useAccountOf } from "../frame/scope";
import { usePlanForm } from "../plans/usePlanForm";
import { RequestAnswer } from "./RequestAnswer";
import { RequestWords, Sentences } from "./RequestWords";

/** A request that was opened: what it asks for, then the review of the change, then the receipt. */
export function OpenedRequest({
  request,
  opened,
  read,
  onClose,
}: {
  request: OpenRequest;
  opened: Opened;
  /** How it was read, to read it again. */
  read: { error: unknown; isFetching: boolean; refetch: () => unknown };
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const { registry } = opened;
  const asking = useAccountOf({ ...registry, account: opened.account });
  const [answer, setAnswer] = useState<{ run: string | null } | null>(null);
  const form = usePlanForm([], undefined, (run) => setAnswer({ run }));
  const wrong = opened.findings.some(({ severity }) => severity === "error");
  const planned = useQuery({
    queryKey: ["planOfRequest", request],
    queryFn: () => api.planOfRequest(request),
    enabled: opened.problem === null && !wrong,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const change = planned.data?.change ?? null;
  // The policy may have been changed since the request was opened.
  const review = async () => {
    const { data, isError } = await planned.refetch();
    if (!isError && data?.change) form.submit(data.change);
  };
  if (answer) {
    return (
      <RequestAnswer
        request={request}
        registry={registry}
        run={answer.run}
        onFollow={(run) => setAnswer({ run })}
        onBack={() => {
          setAnswer(null);
          void read.refetch();
          void planned.refetch();
        }}
        onClose={onClose}
      />
    );
  }
  const busy = planned.isFetching || form.busy;
  const done = planned.data !== undefined && change === null;
  return (
    <Dialog
      open={!form.reviewing}
      onClose={onClose}
      title={t("requests.open.opened", { account: asking?.name ?? opened.account })}
      badge={<SpaceBadge space={registry.space} registries={[registry]} />}
      size="large"
      focus="body"
      data-testid="dialog-request-opened"
      footer={
        <>
          <Button onClick={onClose}>{t("common.close")}</Button>
          {!done && opened.problem === null && (
            <Button onClick={() => setAnswer({ run: null })} data-testid="request-decline">
              {t("requests.open.decline")}
            </Button>
          )}
          {done ? (
            <Button variant="primary" onClick={() => setAnswer({ run: null })} data-testid="request-receipt">
              {t("requests.open.receipt")}
            </Button>
          ) : (
            <Button
              variant="primary"
              busy={busy}
              disabled={change === null}
              onClick={() => void review()}
              data-testid="request-review"
            >
              {t("requests.open.review")}
            </Button>
          )}
        </>
      }
    >
      <RequestWords request={request} opened={opened} read={read} />
      {wrong && <Notice severity="error">{t("requests.open.cannotApply")}</Notice>}
      {planned.isLoading && <SkeletonLines lines={2} />}
      {planned.error && !planned.isFetching && (
        <ErrorState error={planned.error} compact onRetry={() => void planned.refetch()} />
      )}
      {planned.data && planned.data.notApplied.length > 0 && (
        <Sentences
          title={t("requests.open.byHand")}
          sentences={planned.data.notApplied}
          data-testid="request-by-hand"
        />
      )}
      {done && (
        <div data-testid="request-nothing">
          <Notice>{t("requests.open.nothingToChange")}</Notice>
        </div>
      )}
      {form.error !== null && form.error !== undefined && <ErrorState error={form.error} compact />}
    </Dialog>
  );
}
