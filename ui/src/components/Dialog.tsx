import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { type FormEvent, type ReactNode, useRef } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "./Button";
import { cx } from "./cx";
import styles from "./Dialog.module.css";
import { SubmittedContext } from "./submitted";
import { useFocusBack } from "./useFocusBack";

export interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  description?: ReactNode;
  /** Next to the title, such as the badge of the space. */
  badge?: ReactNode;
  size?: "small" | "medium" | "large";
  /** Stays visible above the buttons while the body scrolls. */
  above?: ReactNode;
  /** Buttons at the bottom. */
  footer?: ReactNode;
  /** The initial focus: the first field, or the body, which then scrolls by keys. */
  focus?: "field" | "body";
  /** Makes the dialog a form. */
  onSubmit?: () => void;
  children?: ReactNode;
  "data-testid"?: string;
}

const FIELDS = "input:not([type=hidden]), textarea, [role=combobox], [role=radio][tabindex='0']";

/** A dialog over the window. Its body scrolls, its buttons stay. */
export function Dialog({
  open,
  onClose,
  title,
  description,
  badge,
  size = "medium",
  above,
  footer,
  focus = "field",
  onSubmit,
  children,
  "data-testid": testId,
}: DialogProps) {
  const { t } = useTranslation();
  const body = useRef<HTMLDivElement>(null);
  const submitted = useRef(false);
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
      <div ref={body} className={styles.body} tabIndex={focus === "body" ? 0 : -1}>
        {description && <Base.Description className={styles.description}>{description}</Base.Description>}
        {children}
      </div>
      {above}
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
        <Base.Popup
          className={cx(styles.popup, styles[size])}
          // Never the button that discards everything.
          initialFocus={() => firstFocus(body.current, focus)}
          data-testid={testId}
        >
          {onSubmit ? (
            <SubmittedContext value={submitted}>
              <form
                className={styles.form}
                noValidate
                onSubmit={submitting(() => {
                  submitted.current = true;
                  onSubmit();
                })}
              >
                {content}
              </form>
            </SubmittedContext>
          ) : (
            content
          )}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

function firstFocus(body: HTMLElement | null, focus: "field" | "body"): HTMLElement | null {
  const focused = document.activeElement;
  // A field that requests the focus itself.
  if (focused instanceof HTMLElement && body?.contains(focused)) return focused;
  return (focus === "field" && body?.querySelector<HTMLElement>(FIELDS)) || body;
}

// A form in a portal bubbles through React's tree, so a dialog inside a form must not submit both.
function submitting(onSubmit: () => void) {
  return (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation();
    onSubmit();
  };
}
