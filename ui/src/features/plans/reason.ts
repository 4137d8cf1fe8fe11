/** The reason alone, for places that show its consequence and its image next to it. */
export function shortReason(reason: string): string {
  return reason.replace(/^not (copied|known yet): /, "").replace(/^(\S+) is copied to \1; /, "");
}
