import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { FormEvent, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "./Button";
import { cx } from "./cx";
import styles from "./Dialog.module.css";
import { useFocusBack } from "./useFocusBack";

export interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  description?: ReactNode;
  /** Beside the title, such as the badge that says which space this is about. */
  badge?: ReactNode;
  size?: "small" | "medium" | "large";
  /** Buttons at the bottom. */
  footer?: ReactNode;
  /** Makes the dialog a form. */
  onSubmit?: () => void;
  children?: ReactNode;
  "data-testid"?: string;
}

/** A dialog over the window. Its body scrolls, its buttons stay. */
export function Dialog({
  open,
  onClose,
  title,
  description,
  badge,
  size = "medium",
  footer,
  onSubmit,
  children,
  "data-testid": testId,
}: DialogProps) {
  const { t } = useTranslation();
  useFocusBack(open);
  const content = (
    <>
      <header className={styles.header}>
        <div className={styles.heading}>
          <Base.Title className={styles.title}>{title}</Base.Title>
          {badge}
        </div>
        <IconButton label={t("common.close")} icon={<X />} onClick={onClose} />
      </header>
      <div className={styles.body}>
        {description && <Base.Description className={styles.description}>{description}</Base.Description>}
        {children}
      </div>
      {footer && <footer className={styles.footer}>{footer}</footer>}
    </>
  );
  return (
    <Base.Root
      open={open}
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
    >
      <Base.Portal>
        <Base.Backdrop className={styles.backdrop} />
        <Base.Popup className={cx(styles.popup, styles[size])} data-testid={testId}>
          {onSubmit ? (
            <form className={styles.form} noValidate onSubmit={submitting(onSubmit)}>
              {content}
            </form>
          ) : (
            content
          )}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

// A form in a portal bubbles through React's tree, so a dialog inside a form must not submit both.
function submitting(onSubmit: () => void) {
  return (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation();
    onSubmit();
  };
}
