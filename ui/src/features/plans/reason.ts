/** The reason alone, for places where its consequence and its image are shown beside it. */
export function shortReason(reason: string): string {
  return reason.replace(/^not (copied|known yet): /, "").replace(/^(\S+) becomes \1; /, "");
}
