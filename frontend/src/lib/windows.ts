/** The windows the dashboard offers. 0 means since the first snapshot. */

import { hasText, t } from "@/i18n";

export const DAY_DAYS = 1;
export const CARD_DAYS = [7, 30, 90, 0] as const;
export const RANGES = [7, 30, 90, 365, 0] as const;
export const DEFAULT_RANGE = 90;

function named(kind: "name" | "long", days: number): string {
  const key = `dashboard.windows.${kind}.d${String(days)}`;
  return hasText(key) ? t(key) : t(`dashboard.windows.${kind}.other`, { n: days });
}

export function windowName(days: number): string {
  return named("name", days);
}

export function windowLongName(days: number): string {
  return named("long", days);
}

export function isRange(days: number): boolean {
  return (RANGES as readonly number[]).includes(days);
}

/** `?range=30` or `?range=total`; anything else is the default. */
export function rangeFromQuery(value: unknown): number {
  if (value === "total") return 0;
  const days = typeof value === "string" && /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  return isRange(days) && days !== 0 ? days : DEFAULT_RANGE;
}

export function rangeToQuery(days: number): string {
  return days === 0 ? "total" : String(days);
}
