/** Instants are epoch milliseconds. Shown in local time with the zone, and in UTC where exactness matters. */

import { UNKNOWN } from "./format";

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

export function formatLocalDate(ms: number): string {
  const at = new Date(ms);
  return `${String(at.getFullYear())}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
}

export function formatLocalClock(ms: number): string {
  const at = new Date(ms);
  return `${pad(at.getHours())}:${pad(at.getMinutes())}`;
}

export function formatLocal(ms: number | null): string {
  return ms === null ? UNKNOWN : `${formatLocalDate(ms)} ${formatLocalClock(ms)}`;
}

/** The time of day alone if it was today, else with its date. */
export function formatMoment(ms: number, nowMs: number): string {
  return formatLocalDate(ms) === formatLocalDate(nowMs) ? formatLocalClock(ms) : formatLocal(ms);
}

/** The zone in which `formatLocal` speaks, as an offset: "UTC+01:00". */
export function zoneOffset(ms: number): string {
  const minutes = -new Date(ms).getTimezoneOffset();
  const sign = minutes < 0 ? "−" : "+";
  const size = Math.abs(minutes);
  return minutes === 0 ? "UTC" : `UTC${sign}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
}

/** "12 s", "3 min 5 s", "2 h 10 min", "4 days 3 h". Exact to the second below an hour. */
export function formatAge(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${String(whole)} s`;
  if (whole < 3600) return `${String(Math.floor(whole / 60))} min ${String(whole % 60)} s`;
  if (whole < 86_400) return `${String(Math.floor(whole / 3600))} h ${String(Math.floor((whole % 3600) / 60))} min`;
  const days = Math.floor(whole / 86_400);
  return `${String(days)} ${days === 1 ? "day" : "days"} ${String(Math.floor((whole % 86_400) / 3600))} h`;
}

/** Value for an `<input type="datetime-local">`. */
export function toLocalInput(ms: number): string {
  return `${formatLocalDate(ms)}T${formatLocalClock(ms)}`;
}

/** What such an input holds, read in the browser's zone; null when it is empty or impossible. */
export function fromLocalInput(text: string): number | null {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/.test(text) ? parseInstant(text) : null;
}
