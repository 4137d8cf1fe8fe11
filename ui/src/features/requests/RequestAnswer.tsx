import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { OpenRequest, RegistryKey } from "../../api/types";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { Notice } from "../../components/Findings";
import { Prose } from "../../components/Prose";
import { ErrorState, SkeletonLines } from "../../components/States";
import { hasEnded } from "../events/applyEvent";
import { SpaceBadge } from "../frame/SpaceBadge";
import { useRun } from "../runs/queries";
import { RunDetail } from "../runs/RunDetail";
import styles from "./Requests.module.css";
import { WrittenFile } from "./WrittenFile";

/** The run that applies a request, if there is one, and then the receipt. */
export function RequestAnswer({
  request,
  registry,
  run,
  onFollow,
  onBack,
  onClose,
}: {
  request: OpenRequest;
  registry: RegistryKey;
  /** The run; null when nothing is changed. */
  run: string | null;
  /** Follows the run that retries this one. */
  onFollow: (run: string) => void;
  /** Goes back to the request. */
  onBack: () => void;
  onClose: () => void;
}) {
  return run === null ? (
    <Answer registry={registry} title="answer.title" onBack={onBack} onClose={onClose}>
      <Receipt request={request} />
    </Answer>
  ) : (
    <AppliedBy
      request={request}
      registry={registry}
      run={run}
      onFollow={onFollow}
      onBack={onBack}
      onClose={onClose}
    />
  );
}

function AppliedBy({
  request,
  registry,
  run: id,
  onFollow,
  onBack,
  onClose,
}: {
  request: OpenRequest;
  registry: RegistryKey;
  run: string;
  onFollow: (run: string) => void;
  onBack: () => void;
  onClose: () => void;
}) {
  const run = useRun(id).data;
  const ended = run ? hasEnded(run.state) : false;
  const good = run?.state === "done" || run?.state === "skipped";
  const title = !ended ? "answer.applying" : good ? "answer.title" : "answer.notApplied";
  return (
    <Answer registry={registry} title={title} onBack={ended && !good ? onBack : undefined} onClose={onClose}>
      <RunDetail id={id} onFollow={onFollow} />
      {good && <Receipt request={request} />}
    </Answer>
  );
}

function Answer({
  registry,
  title,
  onBack,
  onClose,
  children,
}: {
  registry: RegistryKey;
  title: "answer.title" | "answer.applying" | "answer.notApplied";
  onBack: (() => void) | undefined;
  onClose: () => void;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <Dialog
      open
      onClose={onClose}
      title={t(`requests.${title}`)}
      badge={<SpaceBadge space={registry.space} registries={[registry]} />}
      size="large"
      focus="body"
      data-testid="dialog-request-answer"
      footer={
        <>
          {onBack && (
            <Button onClick={onBack} data-testid="request-back">
              {t("requests.answer.back")}
            </Button>
          )}
          <Button variant="primary" onClick={onClose} data-testid="request-answer-close">
            {t("common.close")}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  );
}

/** The receipt, from what the registry's policy is now. */
function Receipt({ request }: { request: OpenRequest }) {
  const { t } = useTranslation();
  const read = useQuery({
    queryKey: ["receiptOfRequest", request],
    queryFn: () => api.writeReceipt(request),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  if (read.error && !read.isFetching) {
    return <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />;
  }
  if (!read.data) return <SkeletonLines lines={4} />;
  const { request: id, applied, text } = read.data;
  return (
    <>
      <div role="status" data-testid="receipt-says" data-applied={applied}>
        <Notice severity={applied ? "note" : "warning"}>
          {t(applied ? "requests.answer.all" : "requests.answer.notAll")}
        </Notice>
      </div>
      <WrittenFile
        name={t("requests.answer.text")}
        file={`request-${id}.receipt.json`}
        text={text}
        data-testid="receipt-written"
      />
      <p className={styles.text}>
        <Prose text={t("requests.answer.next")} />
      </p>
    </>
  );
}
