/** What stretch of time the chart is asked for: the last days (0 = everything), or from one date to another. */

export interface DaysSpan {
  days: number;
}

/** ISO 8601 dates or instants, as the API takes them. */
export interface DatesSpan {
  start: string;
  end: string;
}

export type Span = DaysSpan | DatesSpan;

export function isDates(span: Span): span is DatesSpan {
  return "start" in span;
}

export function sameSpan(a: Span | null, b: Span | null): boolean {
  return a !== null && b !== null && spanKey(a) === spanKey(b);
}

/** One text per span: for comparing, and for marking the canvas in tests. */
export function spanKey(span: Span): string {
  return isDates(span) ? `${span.start}..${span.end}` : String(span.days);
}
