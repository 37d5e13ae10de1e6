/** Which points of a long series have to be drawn so that the picture is the same as with all of them. */

import { firstAt, type Columns } from "./columns";
import type { View } from "./view";

/** In place of an index: the line is lifted here. */
export const LIFT = -1;

interface Bucket {
  first: number;
  last: number;
  lowest: number;
  highest: number;
}

function flush(bucket: Bucket, drawn: number[]): void {
  const { first, last, lowest, highest } = bucket;
  drawn.push(first);
  const [early, late] = lowest < highest ? [lowest, highest] : [highest, lowest];
  if (early !== first && early !== last) drawn.push(early);
  if (late !== early && late !== first && late !== last) drawn.push(late);
  if (last !== first) drawn.push(last);
}

/**
 * Indices to draw for the visible stretch, one point beyond each edge included, with `LIFT` at gaps and unknown values.
 * Of every pixel column the first, lowest, highest and last point stay, so at most four per column. The columns stand
 * still in time while the view is panned, so the line does not flicker. Gaps narrower than a column cannot be seen
 * and are passed over.
 */
export function drawnIndices(columns: Columns, values: Float64Array, view: View, pixels: number): number[] {
  const { times, breaks } = columns;
  const from = Math.max(0, firstAt(times, view.from) - 1);
  const to = Math.min(times.length - 1, firstAt(times, view.to));
  const width = to - from > pixels * 2 && pixels > 0 ? (view.to - view.from) / pixels : 0;
  const drawn: number[] = [];
  let place = Number.NaN;
  let bucket: Bucket | null = null;
  let isLifted = true;
  for (let index = from; index <= to; index += 1) {
    const value = values[index] ?? Number.NaN;
    const at = width === 0 ? index : Math.floor((times[index] ?? 0) / width);
    if (Number.isNaN(value) || (breaks[index] === 1 && at !== place)) {
      if (bucket) flush(bucket, drawn);
      bucket = null;
      if (!isLifted) drawn.push(LIFT);
      isLifted = true;
      if (Number.isNaN(value)) continue;
    }
    if (bucket && at === place) {
      bucket.last = index;
      if (value < (values[bucket.lowest] ?? 0)) bucket.lowest = index;
      if (value > (values[bucket.highest] ?? 0)) bucket.highest = index;
    } else {
      if (bucket) flush(bucket, drawn);
      bucket = { first: index, last: index, lowest: index, highest: index };
      place = at;
    }
    isLifted = false;
  }
  if (bucket) flush(bucket, drawn);
  return drawn;
}
