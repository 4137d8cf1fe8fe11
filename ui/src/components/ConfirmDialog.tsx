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
  /** The consequences, in full. */
  children?: ReactNode;
  badge?: ReactNode;
  /** The text of the confirming button. */
  action: string;
  danger?: boolean;
  busy?: boolean;
  /** Why it did not work. */
  error?: unknown;
  /** A text that must be typed first. */
  typed?: string | null;
  "data-testid"?: string;
}

/** Asks before something that is hard to undo. Does not close by a click beside it. */
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
  const ready = !typed || text === typed;
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
        {typed && <TypedConfirmation text={typed} value={text} onChange={setText} />}
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

/** A field into which a person types `text` to confirm. */
export function TypedConfirmation({
  text,
  value,
  onChange,
}: {
  text: string;
  value: string;
  onChange: (value: string) => void;
}) {
  const { t } = useTranslation();
  return (
    <TextField
      label={t("common.typeToConfirm", { text })}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      data-testid="confirm-typed"
      mono
    />
  );
}
