import { Fragment } from "react";

/** A sentence from the application, with names between backticks formatted as code. */
export function Prose({ text }: { text: string }) {
  const parts = text.split(/`([^`]+)`/);
  return parts.map((part, index) =>
    index % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts have no other identity
      <code key={index}>{part}</code>
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts have no other identity
      <Fragment key={index}>{part}</Fragment>
    ),
  );
}
