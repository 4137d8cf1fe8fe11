import { createContext, type RefObject, useContext, useEffect, useRef } from "react";

/** Whether the form around was submitted and has not shown the answer yet. */
export const SubmittedContext = createContext<RefObject<boolean> | null>(null);

/** The ref of an error, which is scrolled into view if it answers a form. A long form may hide it. */
export function useReveal<Element extends HTMLElement>(error: unknown) {
  const element = useRef<Element>(null);
  const submitted = useContext(SubmittedContext);
  useEffect(() => {
    if (!error || !submitted?.current) return;
    submitted.current = false;
    element.current?.scrollIntoView({ block: "nearest" });
  }, [error, submitted]);
  return element;
}
