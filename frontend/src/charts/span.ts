/** What stretch of time the chart is asked for: the last days (0 = everything), or from one instant to another. */

import type { DateRange, SeriesWindow } from "@/api";

export type Span = SeriesWindow;

export function isDates(span: Span): span is DateRange {
  return !("days" in span);
}

export function sameSpan(a: Span | null, b: Span | null): boolean {
  return a !== null && b !== null && spanKey(a) === spanKey(b);
}

/** One text per span: for comparing, and for marking the canvas in tests. */
export function spanKey(span: Span): string {
  return isDates(span) ? `${span.start_date ?? ""}..${span.end_date ?? ""}` : String(span.days);
}
