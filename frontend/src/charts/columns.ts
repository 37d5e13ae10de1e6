/** The API's series as typed arrays: 90,000 points are read once here and never copied into objects. */

import type { Series } from "@/api/types";
import type { MoneyUnit } from "@/lib/format";
import { unitOf } from "@/lib/own-currency";
import { parseInstant } from "@/lib/time";

export const LINES = ["twr", "value", "pnl"] as const;
export type Line = (typeof LINES)[number];

/** NaN stands for "not known" in every column. `times` ascends. */
export interface Columns {
  times: Float64Array;
  /** Percent since the base. */
  twr: Float64Array;
  /** In `unit`. */
  value: Float64Array;
  unit: MoneyUnit;
  /** Since the base, in `own`. */
  pnl: Float64Array;
  /** The currency that return and profit are measured in. */
  own: MoneyUnit;
  /** Percent below the highest return so far in this window; 0 or negative. */
  drawdown: Float64Array;
  /** 1 where no line may join a point to the one before it: snapshots are missing between them. */
  breaks: Uint8Array;
  gaps: readonly (readonly [number, number])[];
  /** USD for one unit, at the same times. */
  rates: Record<Exclude<MoneyUnit, "USD">, Float64Array>;
  /** Where the value is known, but not in `unit`. */
  unrated: readonly (readonly [number, number])[];
  /** First instant that was seen live; the points before it are rebuilt from the account's past. Null: none is. */
  liveFrom: number | null;
  /** How many points the server holds; more than `times` when this answer is thinned. */
  total: number;
}

function column(values: readonly (number | null)[]): Float64Array {
  return Float64Array.from(values, (value) => value ?? Number.NaN);
}

function drawdowns(twr: Float64Array): Float64Array {
  const result = new Float64Array(twr.length);
  let peak = Number.NaN;
  for (let index = 0; index < twr.length; index += 1) {
    const level = 1 + (twr[index] ?? Number.NaN) / 100;
    if (!(level <= peak)) peak = Number.isNaN(level) ? peak : level;
    result[index] = peak > 0 ? (level / peak - 1) * 100 : Number.NaN;
  }
  return result;
}

function breaksAt(times: Float64Array, gaps: Columns["gaps"]): Uint8Array {
  const breaks = new Uint8Array(times.length);
  let gap = 0;
  for (let index = 1; index < times.length; index += 1) {
    const before = times[index - 1] ?? 0;
    while ((gaps[gap]?.[1] ?? Infinity) <= before) gap += 1;
    if ((gaps[gap]?.[0] ?? Infinity) < (times[index] ?? 0)) breaks[index] = 1;
  }
  return breaks;
}

export function toColumns(answer: Series): Columns {
  const times = Float64Array.from(answer.instants_ms);
  const twr = column(answer.twr_percent);
  const own = unitOf(answer);
  return {
    times, twr,
    gaps: answer.gaps,
    value: column(answer.value_usd),
    unit: "USD",
    rates: { EUR: column(answer.eur_usd), BTC: column(answer.btc_usd) },
    unrated: [],
    pnl: column(own === "USD" ? answer.pnl_usd : (answer.pnl ?? [])),
    own,
    drawdown: drawdowns(twr),
    breaks: breaksAt(times, answer.gaps),
    liveFrom: parseInstant(answer.live_from),
    total: answer.total_points,
  };
}

export function isThinned(columns: Columns): boolean {
  return columns.times.length < columns.total;
}

/** Index of the first time that is not before `at`; the length when all are. */
export function firstAt(times: Float64Array, at: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the time nearest to `at`; -1 without times. */
export function nearestTo(times: Float64Array, at: number): number {
  const right = firstAt(times, at);
  if (right === times.length) return right - 1;
  const before = times[right - 1];
  return before !== undefined && at - before < (times[right] ?? 0) - at ? right - 1 : right;
}

export interface Extremes {
  lowest: number;
  highest: number;
}

/** Indices of the lowest and highest known value between two indices (both included); null when nothing is known. */
export function extremesOf(values: Float64Array, first = 0, last = values.length - 1): Extremes | null {
  let lowest = -1;
  let highest = -1;
  for (let index = Math.max(0, first); index <= last; index += 1) {
    const value = values[index] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    if (lowest < 0 || value < (values[lowest] ?? 0)) lowest = index;
    if (highest < 0 || value > (values[highest] ?? 0)) highest = index;
  }
  return lowest < 0 ? null : { lowest, highest };
}

/**
 * From where on a line is not known any more although snapshots go on; null when it is known to the end. A value is a fact: only
 * its rate may be missing, and `unrated` tells that.
 */
export function unknownFrom(columns: Columns, values: Float64Array): number | null {
  if (values === columns.value) return null;
  const last = lastKnown(values);
  return last >= 0 && last < values.length - 1 ? (columns.times[last + 1] ?? null) : null;
}

/** Index of the last known value, or -1. */
export function lastKnown(values: Float64Array): number {
  for (let index = values.length - 1; index >= 0; index -= 1) if (!Number.isNaN(values[index])) return index;
  return -1;
}

/** What the figures of a line are counted in. */
export function lineUnit(columns: Columns | null, line: Line): MoneyUnit {
  return (line === "value" ? columns?.unit : columns?.own) ?? "USD";
}

/** Whether return and profit are not known because the rate of their currency at the base is not. */
export function isBaseUnrated(columns: Columns): boolean {
  return columns.own !== "USD" && columns.times.length > 0 && Number.isNaN(columns.rates[columns.own][0]);
}
