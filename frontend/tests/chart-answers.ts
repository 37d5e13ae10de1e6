/** Series as the API answers them. */

import { toColumns, type Columns } from "@/charts/columns";
import type { Series } from "@/api/types";

export const HOUR = 3_600_000;
export const START = Date.parse("2026-01-05T00:00:00Z");

export function seriesAnswer(change: Partial<Series> = {}): Series {
  const instants = change.instants_ms ?? [START, START + HOUR, START + 2 * HOUR];
  const iso = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString());
  return {
    start: iso(instants[0]), end: iso(instants.at(-1)), instants_ms: instants,
    twr_percent: instants.map(() => 0), value_usd: instants.map(() => 1000), pnl_usd: instants.map(() => 0),
    eur_usd: instants.map(() => null), btc_usd: instants.map(() => null),
    live_from: null, gap_ms: 2 * HOUR, gaps: [], total_points: instants.length, ...change,
  };
}

/** One point per value, an hour apart. */
export function columnsOf(twr: readonly (number | null)[], change: Partial<Series> = {}): Columns {
  const instants_ms = twr.map((_, place) => START + place * HOUR);
  return toColumns(seriesAnswer({ instants_ms, twr_percent: [...twr], ...change }));
}
