import type { TFunction } from "i18next";
import { toApiError } from "../../api/errors";
import type { Guard, GuardedAccount, RegistryKey } from "../../api/types";

/** For how long an account can be unlocked, in minutes. */
export const TIMES = [15, 30, 60, 240, 480] as const;
export type Minutes = (typeof TIMES)[number];

/** The time in words. */
export function timeText(minutes: number, t: TFunction): string {
  return minutes < 60
    ? t("guard.minutes", { count: minutes })
    : t("guard.hours", { count: Math.round(minutes / 60) });
}

/** Whether a protected account can be changed now. */
export function isUnlocked({ unlockedUntil }: GuardedAccount, now = Date.now()): boolean {
  return unlockedUntil !== null && Date.parse(unlockedUntil) > now;
}

/** The protected account of a registry, if it is one. */
export function guardedOf(
  guard: Guard | undefined,
  { space, account }: Pick<RegistryKey, "space" | "account">,
): GuardedAccount | undefined {
  return guard?.accounts.find((each) => each.space === space && each.id === account);
}

/** What refused a change: read-only mode, or a locked account with its id. */
export function refusalOf(error: unknown): { code: "read-only-mode" | "account-locked"; id: string } | null {
  if (error === null || error === undefined) return null;
  const { code, field } = toApiError(error);
  return code === "read-only-mode" || code === "account-locked" ? { code, id: field ?? "" } : null;
}
