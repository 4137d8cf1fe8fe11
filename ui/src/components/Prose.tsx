import { Fragment } from "react";

/** A sentence of the application, in which names between backticks are set as code. */
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
