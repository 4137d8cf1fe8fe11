import {
  Ban,
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CircleHelp,
  CirclePause,
  LoaderCircle,
  TriangleAlert,
} from "lucide-react";
import type { ReactNode } from "react";
import styles from "./Badge.module.css";
import { cx } from "./cx";

export type Tone = "neutral" | "accent" | "success" | "warning" | "danger" | "sandbox";

/** A short label. */
export function Badge({
  tone = "neutral",
  children,
  title,
  "data-testid": testId,
}: {
  tone?: Tone;
  children: ReactNode;
  title?: string;
  "data-testid"?: string;
}) {
  return (
    <span className={cx(styles.badge, styles[tone])} title={title} data-testid={testId}>
      {children}
    </span>
  );
}

export type Status =
  | "waiting"
  | "progress"
  | "complete"
  | "failed"
  | "skipped"
  | "cancelled"
  | "interrupted"
  | "warning"
  | "unknown";

const looks: Record<Status, { tone: Tone; icon: typeof Ban }> = {
  waiting: { tone: "neutral", icon: CircleDashed },
  progress: { tone: "accent", icon: LoaderCircle },
  complete: { tone: "success", icon: CircleCheck },
  failed: { tone: "danger", icon: CircleAlert },
  skipped: { tone: "neutral", icon: CircleCheck },
  cancelled: { tone: "neutral", icon: Ban },
  interrupted: { tone: "warning", icon: CirclePause },
  warning: { tone: "warning", icon: TriangleAlert },
  unknown: { tone: "neutral", icon: CircleHelp },
};

/** A status: an icon, a colour, and always a word. */
export function StatusPill({
  status,
  children,
  title,
  "data-testid": testId,
}: {
  status: Status;
  children: ReactNode;
  title?: string;
  "data-testid"?: string;
}) {
  const { tone, icon: Icon } = looks[status];
  return (
    <span
      className={cx(styles.badge, styles.status, styles[tone])}
      title={title}
      data-status={status}
      data-testid={testId}
    >
      <Icon aria-hidden="true" className={status === "progress" ? styles.turning : undefined} />
      {children}
    </span>
  );
}

/** The colour of an account. */
export function ColourDot({ colour }: { colour: string }) {
  return <span className={styles.dot} style={{ backgroundColor: colour }} aria-hidden="true" />;
}
