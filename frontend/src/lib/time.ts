/**
 * Instants are epoch milliseconds. "Local" is the page's own zone: that of this device, or UTC if the reader prefers. It is
 * always named by `zoneOffset`, and UTC stands beside it where exactness matters.
 */

import { ref } from "vue";

import { t } from "@/i18n";

import { UNKNOWN } from "./format";

export const ZONES = ["local", "utc"] as const;
export type Zone = (typeof ZONES)[number];

/** The zone in which the page speaks; the reader's preference sets it. */
export const pageZone = ref<Zone>("local");

export const DAY_MS = 86_400_000;

export function parseInstant(text: string | null | undefined): number | null {
  if (!text) return null;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : ms;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}

export function formatUtc(ms: number | null): string {
  return ms === null ? UNKNOWN : `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** `YYYY-MM-DDTHH:mm` in the page's zone. */
function localText(ms: number): string {
  const shift = pageZone.value === "utc" ? 0 : new Date(ms).getTimezoneOffset() * 60_000;
  return new Date(ms - shift).toISOString().slice(0, 16);
}

export function formatLocalDate(ms: number): string {
  return localText(ms).slice(0, 10);
}

export function formatLocalClock(ms: number): string {
  return localText(ms).slice(11);
}

export function formatLocal(ms: number | null): string {
  return ms === null ? UNKNOWN : `${formatLocalDate(ms)} ${formatLocalClock(ms)}`;
}

/** The last midnight in the page's zone. */
export function startOfDay(ms: number): number {
  return fromLocalInput(`${formatLocalDate(ms)}T00:00`) ?? ms;
}

/** The time of day alone if it was today, else with its date. */
export function formatMoment(ms: number, nowMs: number): string {
  return formatLocalDate(ms) === formatLocalDate(nowMs) ? formatLocalClock(ms) : formatLocal(ms);
}

/** The zone in which `formatLocal` speaks, as an offset: "UTC+01:00". */
export function zoneOffset(ms: number): string {
  const minutes = pageZone.value === "utc" ? 0 : -new Date(ms).getTimezoneOffset();
  const sign = minutes < 0 ? "−" : "+";
  const size = Math.abs(minutes);
  return minutes === 0 ? "UTC" : `UTC${sign}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
}

/** The page's time with its zone, and UTC beside it; one alone, where the two are the same. */
export function bothTimes(ms: number): string[] {
  return zoneOffset(ms) === "UTC" ? [formatUtc(ms)] : [`${formatLocal(ms)} ${zoneOffset(ms)}`, formatUtc(ms)];
}

/** Both times in one line. */
export function formatBoth(ms: number): string {
  return bothTimes(ms).join(" · ");
}

/** "12 s", "3 min 5 s", "2 h 10 min", "4 days 3 h". Exact to the second below an hour. */
export function formatAge(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [d, h, m, s] = [Math.floor(whole / 86_400), Math.floor(whole / 3600), Math.floor(whole / 60), whole % 60];
  if (whole < 60) return t("common.age.seconds", { s });
  if (whole < 3600) return t("common.age.minutes", { m, s });
  if (whole < 86_400) return t("common.age.hours", { h, m: m % 60 });
  return t("common.age.days", { d, h: h % 24 }, d);
}

/** Value for an `<input type="datetime-local">`. */
export function toLocalInput(ms: number): string {
  return `${formatLocalDate(ms)}T${formatLocalClock(ms)}`;
}

/** What such an input holds, read in the page's zone; null when it is empty or impossible. */
export function fromLocalInput(text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/.test(text)) return null;
  const at = parseInstant(pageZone.value === "utc" ? `${text}Z` : text);
  // JavaScript reads the 30th of February as a day in March.
  return at !== null && formatLocalDate(at) === text.slice(0, 10) ? at : null;
}
