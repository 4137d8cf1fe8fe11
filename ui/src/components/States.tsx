import { CircleAlert, Inbox } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { toApiError } from "../api/errors";
import { Badge } from "./Badge";
import { Button } from "./Button";
import { cx } from "./cx";
import { Prose } from "./Prose";
import styles from "./States.module.css";
import { useReveal } from "./submitted";

/** An empty list: the reason, and what to do. */
export function EmptyState({
  icon,
  title,
  text,
  actions,
  "data-testid": testId,
}: {
  icon?: ReactNode;
  title: string;
  text?: ReactNode;
  actions?: ReactNode;
  "data-testid"?: string;
}) {
  return (
    <div className={styles.state} data-testid={testId ?? "empty-state"}>
      <span className={styles.icon} aria-hidden="true">
        {icon ?? <Inbox />}
      </span>
      <h2 className={styles.title}>{title}</h2>
      {text && <p className={styles.text}>{text}</p>}
      {actions && <div className={styles.actions}>{actions}</div>}
    </div>
  );
}

/** An error: its message, its side and its hint. */
export function ErrorState({
  error,
  onRetry,
  actions,
  compact,
}: {
  error: unknown;
  onRetry?: () => void;
  actions?: ReactNode;
  /** As a framed block instead of in the middle of a page. */
  compact?: boolean;
}) {
  const { t } = useTranslation();
  const { message, hint, side, code } = toApiError(error);
  const element = useReveal<HTMLDivElement>(error);
  return (
    <div
      ref={element}
      className={cx(compact ? styles.notice : styles.state)}
      role="alert"
      data-testid="error-state"
      data-code={code}
    >
      <span className={cx(styles.icon, styles.failed)} aria-hidden="true">
        <CircleAlert />
      </span>
      <div className={styles.column}>
        <p className={styles.message}>
          <Prose text={message} />
        </p>
        {hint && (
          <p className={styles.text}>
            <Prose text={hint} />
          </p>
        )}
        <div className={styles.actions}>
          <Badge tone="neutral">{t(`errors.side.${side}`)}</Badge>
          <code className={styles.code}>{code}</code>
          {actions}
          {onRetry && (
            <Button size="small" onClick={onRetry} data-testid="error-retry">
              {t("common.retry")}
            </Button>
          )}
        </div>
      </div>
    </div>
  );
}

/** The error of a failed read, with a retry; renders nothing if there was none. */
export function Unread({
  read,
}: {
  read: { data: unknown; error: unknown; isFetching: boolean; refetch: () => unknown };
}) {
  if (read.data !== undefined || !read.error || read.isFetching) return null;
  return <ErrorState error={read.error} compact onRetry={() => void read.refetch()} />;
}

/** A grey placeholder bar. */
export function Skeleton({ width = "100%", height = 12 }: { width?: number | string; height?: number }) {
  return <span className={styles.skeleton} style={{ width, height }} aria-hidden="true" />;
}

/** Placeholders for several lines. */
export function SkeletonLines({ lines = 3 }: { lines?: number }) {
  const { t } = useTranslation();
  return (
    <div className={styles.lines} role="status" aria-label={t("common.loading")}>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are alike
        <Skeleton key={line} width={line === lines - 1 ? "60%" : "100%"} />
      ))}
    </div>
  );
}
