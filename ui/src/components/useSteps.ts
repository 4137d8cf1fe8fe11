import { useEffect, useRef, useState } from "react";

/** The current step of a wizard, and the keyboard focus when it changes. */
export function useSteps() {
  const [step, setStep] = useState(0);
  const [reached, setReached] = useState(0);
  const content = useRef<HTMLDivElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const wantsError = useRef(false);
  useEffect(() => {
    if (!wantsError.current) return;
    const first = (selector: string) => content.current?.querySelector<HTMLElement>(selector);
    const wrong = first('[aria-invalid="true"]') ?? first('[data-severity="error"]');
    if (!wrong) return;
    wantsError.current = false;
    wrong.focus();
  });
  return {
    step,
    /** The furthest step that was shown. */
    reached,
    content,
    heading,
    /** Shows a step from its beginning. */
    show: (to: number) => {
      setStep(to);
      setReached((most) => Math.max(most, to));
      content.current?.scrollTo?.({ top: 0 });
      heading.current?.focus();
    },
    /** The first invalid field, or else the first finding that is an error, gets the focus once it is shown. */
    focusError: () => {
      wantsError.current = true;
    },
  };
}
