/** The chart's data, without a canvas: epoch-millisecond points, gaps as gaps, extremes, ticks, a summary in words. */

import { formatSignedPercent } from "@/lib/format";
import { DAY_MS, formatLocal, formatLocalClock, formatLocalDate, parseInstant } from "@/lib/time";

export interface Point {
  x: number;
  y: number;
}

export interface Series {
  points: Point[];
  lowest: Point | null;
  highest: Point | null;
  last: Point | null;
}

export const NO_SERIES: Series = { points: [], lowest: null, highest: null, last: null };

export function toSeries(rows: readonly { x: string; y: number | null }[]): Series {
  const points: Point[] = [];
  for (const row of rows) {
    const x = parseInstant(row.x);
    if (x !== null && row.y !== null) points.push({ x, y: row.y });
  }
  points.sort((a, b) => a.x - b.x);
  let lowest: Point | null = null;
  let highest: Point | null = null;
  for (const point of points) {
    if (!lowest || point.y < lowest.y) lowest = point;
    if (!highest || point.y > highest.y) highest = point;
  }
  return { points, lowest, highest, last: points.at(-1) ?? null };
}

function medianStep(points: readonly Point[]): number {
  const steps = points.slice(1).map((point, index) => point.x - (points[index]?.x ?? point.x));
  steps.sort((a, b) => a - b);
  return steps[Math.floor(steps.length / 2)] ?? 0;
}

/** A break must be this many usual steps long: thinned series have uneven steps of their own. */
const GAP_STEPS = 8;

/** The points to draw: where snapshots are missing for long, a NaN breaks the line instead of inventing one. */
export function withGaps(points: readonly Point[]): Point[] {
  const limit = medianStep(points) * GAP_STEPS;
  const drawn: Point[] = [];
  let before: Point | null = null;
  for (const point of points) {
    if (before && limit > 0 && point.x - before.x > limit) drawn.push({ x: before.x + 1, y: Number.NaN });
    drawn.push(point);
    before = point;
  }
  return drawn;
}

/** Index of the point nearest to `x`; -1 without points. */
export function nearest(points: readonly Point[], x: number): number {
  let low = 0;
  let high = points.length - 1;
  if (high < 0) return -1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.x ?? 0) < x) low = middle + 1;
    else high = middle;
  }
  const left = points[low - 1];
  const right = points[low];
  return left && right && x - left.x < right.x - x ? low - 1 : low;
}

/** Whatever happened within one hundredth of the drawn time around `x`: what a pointer there would mean. */
export function around<T extends { x: number }>(marks: readonly T[], points: readonly Point[], x: number): T[] {
  const reach = ((points.at(-1)?.x ?? 0) - (points[0]?.x ?? 0)) / 100;
  return marks.filter((mark) => Math.abs(mark.x - x) <= reach);
}

const STEPS_MS = [1, 2, 3, 6, 12].map((hours) => hours * 3_600_000).concat([1, 2, 4, 7, 14].map((days) => days * DAY_MS));
const MONTH_STEPS = [1, 2, 3, 6, 12, 24, 60];

function monthTicks(from: number, to: number, most: number): number[] {
  const months = (to - from) / (30.4 * DAY_MS);
  const step = MONTH_STEPS.find((count) => months / count <= most) ?? 120;
  const at = new Date(from);
  const ticks: number[] = [];
  for (let month = Math.ceil(at.getMonth() / step) * step; ; month += step) {
    const tick = new Date(at.getFullYear(), month, 1).getTime();
    if (tick > to) return ticks;
    if (tick >= from) ticks.push(tick);
  }
}

/** At most `most` round local times in `[from, to]`: whole hours, days or months. */
export function timeTicks(from: number, to: number, most: number): number[] {
  if (!(to > from) || most < 1) return [];
  const step = STEPS_MS.find((size) => (to - from) / size <= most);
  if (step === undefined) return monthTicks(from, to, most);
  const start = new Date(from);
  start.setHours(0, 0, 0, 0);
  const ticks: number[] = [];
  for (let count = 0; ; count += 1) {
    const tick = step >= DAY_MS ? new Date(start).setDate(start.getDate() + (count * step) / DAY_MS) : start.getTime() + count * step;
    if (tick > to) return ticks;
    if (tick >= from) ticks.push(tick);
  }
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export function tickLabel(ms: number, spanMs: number): string {
  const at = new Date(ms);
  const month = MONTHS[at.getMonth()] ?? "";
  if (spanMs > 300 * DAY_MS) return `${month} ${String(at.getFullYear())}`;
  if (spanMs > 3 * DAY_MS || formatLocalClock(ms) === "00:00") return `${String(at.getDate())} ${month}`;
  return formatLocalClock(ms);
}

/** The picture in one sentence, for those who do not see it. */
export function summary(series: Series, windowText: string): string {
  const { last, lowest, highest } = series;
  if (!last || !lowest || !highest) return "No returns to draw yet.";
  const day = (point: Point): string => formatLocalDate(point.x);
  return (
    `Time-weighted return, ${windowText}: ${formatSignedPercent(last.y)} at ${formatLocal(last.x)}. ` +
    `Lowest ${formatSignedPercent(lowest.y)} on ${day(lowest)}, highest ${formatSignedPercent(highest.y)} on ${day(highest)}.`
  );
}

/** At most `most` points, evenly spread, always with the first, the last and both extremes: the table behind the chart. */
export function tableRows(series: Series, most: number): Point[] {
  const { points } = series;
  const step = Math.max(1, Math.ceil(points.length / most));
  return points.filter(
    (point, index) =>
      index % step === 0 || index === points.length - 1 || point === series.lowest || point === series.highest,
  );
}
