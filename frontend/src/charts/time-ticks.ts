/** Round instants for the time axis, in the reader's zone or in UTC, and their labels in the reader's language. */

import { numberLocale } from "@/i18n";
import { DAY_MS } from "@/lib/time";

const STEPS_MS = [0.25, 0.5, 1, 2, 3, 6, 12].map((hours) => hours * 3_600_000).concat([1, 2, 4, 7, 14].map((days) => days * DAY_MS));
/** Longer views are labelled by dates alone, so every label needs a day of its own. */
const DATES_FROM_MS = 5 * DAY_MS;
const MONTH_STEPS = [1, 2, 3, 6, 12, 24, 60];

/** Midnight at the beginning of a day; `month` and `day` may run over. */
function midnight(year: number, month: number, day: number, utc: boolean): number {
  return utc ? Date.UTC(year, month, day) : new Date(year, month, day).getTime();
}

function dateOf(ms: number, utc: boolean): [number, number, number] {
  const at = new Date(ms);
  return utc ? [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()] : [at.getFullYear(), at.getMonth(), at.getDate()];
}

function monthTicks(from: number, to: number, most: number, utc: boolean): number[] {
  const months = (to - from) / (30.4 * DAY_MS);
  const step = MONTH_STEPS.find((count) => months / count <= most) ?? 120;
  const [year, first] = dateOf(from, utc);
  const ticks: number[] = [];
  for (let month = Math.ceil(first / step) * step; ; month += step) {
    const tick = midnight(year, month, 1, utc);
    if (tick > to) return ticks;
    if (tick >= from) ticks.push(tick);
  }
}

/** At most about `most` round times in `[from, to]`: quarters of hours, hours, days or months. */
export function timeTicks(from: number, to: number, most: number, utc = false): number[] {
  if (!(to > from) || most < 1) return [];
  const step = STEPS_MS.find((size) => (to - from) / size <= most && (size >= DAY_MS || to - from <= DATES_FROM_MS));
  if (step === undefined) return monthTicks(from, to, most, utc);
  const [year, month, day] = dateOf(from, utc);
  const start = midnight(year, month, day, utc);
  // Days are counted from a fixed one, so that the same days keep their labels while the view is panned.
  const skipped = step > DAY_MS ? Math.round(start / DAY_MS) % (step / DAY_MS) : 0;
  const ticks: number[] = [];
  for (let count = 0; ; count += 1) {
    const tick = step >= DAY_MS ? midnight(year, month, day - skipped + (count * step) / DAY_MS, utc) : start + count * step;
    if (tick > to) return ticks;
    if (tick >= from) ticks.push(tick);
  }
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(ms: number, options: Intl.DateTimeFormatOptions, utc: boolean): string {
  const name = `${numberLocale()} ${String(utc)} ${Object.keys(options).join()}`;
  let made = formats.get(name);
  if (!made) {
    made = new Intl.DateTimeFormat(numberLocale(), utc ? { ...options, timeZone: "UTC" } : options);
    formats.set(name, made);
  }
  return made.format(ms);
}

export function tickLabel(ms: number, spanMs: number, utc = false): string {
  if (spanMs > 300 * DAY_MS) return format(ms, { month: "short", year: "numeric" }, utc);
  const clock = format(ms, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }, utc);
  if (spanMs > DATES_FROM_MS || clock === "00:00") return format(ms, { day: "numeric", month: "short" }, utc);
  return clock;
}
