/** From indices to places on the canvas's scales. */

import { firstAt, type Columns } from "./columns";
import { LIFT } from "./decimate";
import type { Reach } from "./scale";

export interface Spot {
  x: number;
  /** NaN lifts the line. */
  y: number;
}

/** A snapshot that stands alone between two gaps becomes a stroke of `strokeMs` instead of vanishing. */
export function toSpots(indices: readonly number[], times: Float64Array, heightAt: (index: number) => number, strokeMs: number): Spot[] {
  const spots: Spot[] = [];
  indices.forEach((index, place) => {
    if (index === LIFT) {
      spots.push({ x: spots.at(-1)?.x ?? 0, y: Number.NaN });
      return;
    }
    const [x, y] = [times[index] ?? 0, heightAt(index)];
    spots.push({ x, y });
    const isAlone = (indices[place - 1] ?? LIFT) === LIFT && (indices[place + 1] ?? LIFT) === LIFT;
    if (isAlone) spots.push({ x: x + strokeMs, y });
  });
  return spots;
}

/** Rebuilt and live part. The first ends with the first live point, so that the line does not tear there. */
export function splitAtLive(indices: readonly number[], columns: Columns): [readonly number[], readonly number[]] {
  if (columns.liveFrom === null) return [[], indices];
  const live = firstAt(columns.times, columns.liveFrom);
  const cut = indices.findIndex((index) => index >= live);
  if (cut < 0) return [indices, []];
  return cut === 0 ? [[], indices] : [indices.slice(0, cut + 1), indices.slice(cut)];
}

/** Lowest and highest known height; null when nothing is known. */
export function reachOf(...lines: readonly (readonly Spot[])[]): Reach | null {
  let low = Infinity;
  let high = -Infinity;
  for (const line of lines)
    for (const { y } of line) {
      if (y < low) low = y;
      if (y > high) high = y;
    }
  return low <= high ? { low, high } : null;
}
