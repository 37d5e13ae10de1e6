/** What a change of a cash flow would do, cut to what the page says about it. */

import type { Preview } from "@/api/types";

export interface PreviewRow {
  days: number;
  /** Percent. Null: not known. */
  twr: { before: number | null; after: number | null; isSame: boolean };
  /** USD. */
  pnl: { before: number | null; after: number | null; isSame: boolean };
}

/** Half of the last digit shown: a change below it cannot be seen, and must not be announced. */
const SEEN_PERCENT = 0.005;
const SEEN_USD = 0.005;

function pair(before: number | null, after: number | null, seen: number): PreviewRow["twr"] {
  const isSame = before === null || after === null ? before === after : Math.abs(after - before) < seen;
  return { before, after, isSame };
}

export function previewRows(preview: Preview): PreviewRow[] {
  return preview.windows.map(({ days, before, after }) => ({
    days,
    twr: pair(before.twr.twr_percent, after.twr.twr_percent, SEEN_PERCENT),
    pnl: pair(before.pnl.pnl_usd, after.pnl.pnl_usd, SEEN_USD),
  }));
}
