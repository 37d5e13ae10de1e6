/** When a figure that is not known yet will be, as far as that can be told. */

import type { Stats } from "@/api/types";

import { DAY_MS, parseInstant } from "./time";

/** A return needs two snapshots: with one, the second comes an interval later. Null when nothing can be promised. */
export function firstReturnAtMs(stats: Stats | null, intervalSeconds: number | null): number | null {
  const first = parseInstant(stats?.first_snapshot_date);
  if (stats?.total_snapshots !== 1 || first === null || intervalSeconds === null) return null;
  return first + intervalSeconds * 1000;
}

/** When a window of `days` will be covered from end to end; null when it is already, or when no snapshot stands yet. */
export function wholeFromMs(days: number, stats: Stats | null, nowMs: number): number | null {
  const first = parseInstant(stats?.first_snapshot_date);
  if (first === null || days === 0) return null;
  const at = first + days * DAY_MS;
  return at > nowMs ? at : null;
}
