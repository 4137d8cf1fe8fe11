/** The slider's last step: no limit. */
export const UNLIMITED = 100;

const LEAST = 64_000;
const MOST = 1_000_000_000;

/** Bytes per second at a step of the slider, on a logarithmic scale; null at its end, which is no limit. */
export function bandwidthAt(step: number): number | null {
  if (step >= UNLIMITED) return null;
  const exact = LEAST * (MOST / LEAST) ** (Math.max(0, step) / (UNLIMITED - 1));
  // A slider cannot be set more precisely than two digits.
  const unit = 10 ** (Math.floor(Math.log10(exact)) - 1);
  return Math.round(exact / unit) * unit;
}

/** The step of the slider for a limit. */
export function stepOf(bandwidth: number | null): number {
  if (bandwidth === null) return UNLIMITED;
  const share = Math.log(Math.max(LEAST, bandwidth) / LEAST) / Math.log(MOST / LEAST);
  return Math.min(UNLIMITED - 1, Math.round(share * (UNLIMITED - 1)));
}
