/** The windows the dashboard offers. 0 means since the first snapshot. */

export const TODAY_DAYS = 1;
export const CARD_DAYS = [7, 30, 90, 0] as const;
export const RANGES = [7, 30, 90, 365, 0] as const;
export const DEFAULT_RANGE = 90;

const NAMES: Record<number, string> = { 0: "Total", 7: "7 d", 30: "30 d", 90: "90 d", 365: "1 y" };
const LONG_NAMES: Record<number, string> = {
  0: "since the first snapshot",
  7: "the last 7 days",
  30: "the last 30 days",
  90: "the last 90 days",
  365: "the last year",
};

export function windowName(days: number): string {
  return NAMES[days] ?? `${String(days)} d`;
}

export function windowLongName(days: number): string {
  return LONG_NAMES[days] ?? `the last ${String(days)} days`;
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
