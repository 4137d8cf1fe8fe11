/** A reason alone, where what is beside it says already what follows from it, and for which image. */
export function shortReason(reason: string): string {
  return reason.replace(/^not (copied|known yet): /, "").replace(/^(\S+) becomes \1; /, "");
}
