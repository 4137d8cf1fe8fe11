import { AlertDialog as Base } from "@base-ui/react/alert-dialog";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./Button";
import { cx } from "./cx";
import styles from "./Dialog.module.css";
import { ErrorState } from "./States";
import { TextField } from "./TextField";

export interface ConfirmDialogProps {
  open: boolean;
  onCancel: () => void;
  onConfirm: () => void;
  title: string;
  /** What will happen, in full. */
  children?: ReactNode;
  badge?: ReactNode;
  /** The text of the confirm button. */
  action: string;
  danger?: boolean;
  busy?: boolean;
  /** The error of the action. */
  error?: unknown;
  /** A text that must be typed first. */
  typed?: string | null;
  "data-testid"?: string;
}

/** Asks for confirmation of an action that is hard to undo. A click outside does not close it. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  return (
    <Base.Root
      open={props.open}
      onOpenChange={(next) => {
        if (!next) props.onCancel();
      }}
    >
      <Base.Portal>
        <Base.Backdrop className={styles.backdrop} />
        <Base.Popup className={cx(styles.popup, styles.small)} data-testid={props["data-testid"]}>
          <ConfirmForm {...props} />
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

function ConfirmForm({
  onCancel,
  onConfirm,
  title,
  children,
  badge,
  action,
  danger,
  busy,
  error,
  typed,
}: ConfirmDialogProps) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const ready = !typed || isConfirmed(text, typed);
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        event.stopPropagation();
        if (ready && !busy) onConfirm();
      }}
    >
      <header className={styles.header}>
        <div className={styles.heading}>
          <Base.Title className={styles.title}>{title}</Base.Title>
          {badge}
        </div>
      </header>
      <div className={styles.body}>
        <Base.Description render={<div />} className={styles.description}>
          {children}
          {error != null && <ErrorState error={error} compact />}
        </Base.Description>
        {typed && (
          <TypedConfirmation
            label={t("common.typeText", { text: typed })}
            text={typed}
            value={text}
            onChange={setText}
          />
        )}
      </div>
      <footer className={styles.footer}>
        <Button onClick={onCancel} data-testid="confirm-cancel">
          {t("common.cancel")}
        </Button>
        <Button
          type="submit"
          variant={danger ? "danger" : "primary"}
          disabled={!ready}
          busy={busy}
          data-testid="confirm-action"
        >
          {action}
        </Button>
      </footer>
    </form>
  );
}

/** Whether the typed text matches the expected one, ignoring case and surrounding spaces. */
export function isConfirmed(typed: string, text: string): boolean {
  return typed.trim().toLowerCase() === text.toLowerCase();
}

/** A field into which a person types `text`, by default the name of an account, to confirm an action. */
export function TypedConfirmation({
  text,
  label,
  value,
  onChange,
  mayBecome = (typed) => startsLike(text, typed),
  "data-testid": testId = "confirm-typed",
}: {
  text: string;
  label?: string;
  value: string;
  onChange: (value: string) => void;
  /** Whether what is typed is not wrong yet. */
  mayBecome?: (typed: string) => boolean;
  "data-testid"?: string;
}) {
  const { t } = useTranslation();
  return (
    <TextField
      label={label ?? t("common.typeToConfirm", { text })}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      error={value !== "" && !mayBecome(value) ? t("common.typedOther", { text }) : undefined}
      data-testid={testId}
      mono
    />
  );
}

/** Whether `typed` is the beginning of the text: while a person is typing, it is not wrong yet. */
export function startsLike(text: string, typed: string): boolean {
  return text.toLowerCase().startsWith(typed.trim().toLowerCase());
}
