import type { ComponentProps, ReactNode, Ref } from "react";
import { Stepper } from "./Stepper";
import styles from "./WizardFrame.module.css";

/** A wizard page: the list of steps, the current step, and the buttons below. */
export function WizardFrame({
  header,
  stepper,
  heading,
  headingRef,
  contentRef,
  reading,
  above,
  footer,
  onSubmit,
  children,
  "data-testid": testId,
  contentTestId,
}: {
  header?: ReactNode;
  /** Absent if there is no way back. */
  stepper?: ComponentProps<typeof Stepper>;
  heading?: string;
  headingRef?: Ref<HTMLHeadingElement>;
  contentRef?: Ref<HTMLDivElement>;
  /** Nothing in the step may have the focus, so that the step has it itself and scrolls by keys. */
  reading?: boolean;
  /** Stays in sight above the footer. */
  above?: ReactNode;
  footer?: ReactNode;
  /** Makes it a form. */
  onSubmit?: () => void;
  children: ReactNode;
  "data-testid"?: string;
  contentTestId?: string;
}) {
  const parts = (
    <>
      {header}
      {stepper && (
        <div className={styles.stepper}>
          <Stepper {...stepper} />
        </div>
      )}
      <div
        className={styles.content}
        ref={contentRef}
        {...(reading ? { role: "region", "aria-label": heading, tabIndex: 0 } : {})}
        data-testid={contentTestId}
      >
        {heading && (
          <h2 className={styles.heading} ref={headingRef} tabIndex={-1}>
            {heading}
          </h2>
        )}
        {children}
      </div>
      {above}
      {footer && <footer className={styles.footer}>{footer}</footer>}
    </>
  );
  if (!onSubmit) {
    return (
      <div className={styles.wizard} data-testid={testId}>
        {parts}
      </div>
    );
  }
  return (
    <form
      className={styles.wizard}
      data-testid={testId}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {parts}
    </form>
  );
}

/** Pushes the following elements to the end of a footer. */
export function Spread() {
  return <span className={styles.spread} />;
}
