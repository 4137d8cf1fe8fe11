import type { ReactNode } from "react";

/** A list that scrolls in its place. It has the focus itself, because nothing in it may: keys then scroll it. */
export function ScrollList({
  label,
  className,
  children,
}: {
  /** The accessible name. */
  label: string;
  className: string | undefined;
  children: ReactNode;
}) {
  return (
    <ul className={className} aria-label={label} tabIndex={0}>
      {children}
    </ul>
  );
}
