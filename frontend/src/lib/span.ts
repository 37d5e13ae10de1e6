/** A period of the reader's own: two days in the page's zone, or two instants, in the address as `?from=&to=`. */

import { DAY_MS, formatLocal, formatLocalDate, fromLocalInput, parseInstant } from "./time";

/** ISO 8601 instants with their offset, as the API takes them; `end` is where the period stops. */
export interface Span {
  start: string;
  end: string;
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

function midnight(date: string): number | null {
  return fromLocalInput(`${date}T00:00`);
}

/** A day stands for its beginning, or at the end of a period for its end. */
function instantOf(text: string, isEnd: boolean): number | null {
  if (INSTANT.test(text)) return parseInstant(text);
  const at = DATE.test(text) ? midnight(text) : null;
  // A day of a clock change has 23 or 25 hours: the next midnight is looked up, not added.
  return at === null || !isEnd ? at : midnight(formatLocalDate(at + 1.5 * DAY_MS));
}

/** Null when the two make no period that has begun. The end is never later than now. */
export function spanOf(from: unknown, to: unknown, nowMs: number): Span | null {
  if (typeof from !== "string" || typeof to !== "string") return null;
  const start = instantOf(from, false);
  const end = instantOf(to, true);
  if (start === null || end === null || start >= Math.min(end, nowMs)) return null;
  return { start: new Date(start).toISOString(), end: new Date(Math.min(end, nowMs)).toISOString() };
}

export function sameSpan(one: Span | null, other: Span | null): boolean {
  return one?.start === other?.start && one?.end === other?.end;
}

/** "2026-01-01 → 2026-01-31" for whole days, with the clock otherwise. */
export function spanName(span: Span, nowMs: number): string {
  const start = parseInstant(span.start) ?? 0;
  const end = parseInstant(span.end) ?? 0;
  const begins = isMidnight(start);
  const ends = isMidnight(end) || nowMs - end < DAY_MS;
  const last = isMidnight(end) ? end - DAY_MS / 2 : end;
  return begins && ends ? `${formatLocalDate(start)} → ${formatLocalDate(last)}` : `${formatLocal(start)} → ${formatLocal(end)}`;
}

function isMidnight(ms: number): boolean {
  return midnight(formatLocalDate(ms)) === ms;
}
