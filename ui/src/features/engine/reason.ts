/** A reason alone, where an icon or a word beside it says already what follows from it. */
export function shortReason(reason: string): string {
  return reason.replace(/^not (copied|known yet): /, "");
}
