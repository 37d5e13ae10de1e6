/** The rows of the table behind the chart: every point in memory, newest first, a page at a time. */

import { extremesOf, type Columns } from "./columns";

export const PAGE_ROWS = 100;
export type Remark = "rebuilt" | "afterGap" | "lowest" | "highest";

export interface Row {
  at: number;
  twr: number;
  drawdown: number;
  value: number;
  pnl: number;
  remarks: Remark[];
}

export function pageCount(columns: Columns): number {
  return Math.max(1, Math.ceil(columns.times.length / PAGE_ROWS));
}

/** `lowest` and `highest` speak of the return. */
export function pageOf(columns: Columns, page: number): Row[] {
  const { times, twr, drawdown, value, pnl, breaks, liveFrom } = columns;
  const extremes = extremesOf(twr);
  const newest = times.length - 1 - page * PAGE_ROWS;
  const rows: Row[] = [];
  const of = (column: Float64Array, index: number): number => column[index] ?? Number.NaN;
  for (let index = newest; index >= 0 && index > newest - PAGE_ROWS; index -= 1) {
    const at = of(times, index);
    const remarks: Remark[] = [];
    if (liveFrom !== null && at < liveFrom) remarks.push("rebuilt");
    if (breaks[index] === 1) remarks.push("afterGap");
    if (index === extremes?.lowest) remarks.push("lowest");
    if (index === extremes?.highest) remarks.push("highest");
    rows.push({ at, twr: of(twr, index), drawdown: of(drawdown, index), value: of(value, index), pnl: of(pnl, index), remarks });
  }
  return rows;
}
