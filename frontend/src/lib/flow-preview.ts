/** What a change of a cash flow would do, cut to what the page says about it. */

import type { PnlWindow, Preview, TwrWindow } from "@/api/types";

import type { MoneyUnit } from "./format";
import { profitOf, RATE_UNKNOWN, unitOf } from "./own-currency";

/** Null: not known; `isUnrated`: one of the two is not, for want of a rate. */
export interface PreviewPair {
  before: number | null;
  after: number | null;
  isSame: boolean;
  isUnrated: boolean;
}

export interface PreviewRow {
  days: number;
  /** Percent. */
  twr: PreviewPair;
  /** In the currency of the preview. */
  pnl: PreviewPair;
}

interface Figure {
  value: number | null;
  reason: string | null;
}

/** Half of the last digit shown: a change below it cannot be seen, and must not be announced. */
const SEEN_PERCENT = 0.005;
const SEEN: Record<MoneyUnit, number> = { USD: 0.005, EUR: 0.005, BTC: 5e-9 };

function pair(before: Figure, after: Figure, seen: number): PreviewPair {
  const isUnrated = [before, after].some((figure) => figure.value === null && figure.reason === RATE_UNKNOWN);
  const [was, becomes] = [before.value, after.value];
  // Two figures that nobody knows for want of a rate are not known to be the same.
  const isSame = was === null || becomes === null ? was === becomes && !isUnrated : Math.abs(becomes - was) < seen;
  return { before: was, after: becomes, isSame, isUnrated };
}

const percentOf = (twr: TwrWindow): Figure => ({ value: twr.twr_percent, reason: twr.reason });
const amountOf = (pnl: PnlWindow): Figure => ({ value: profitOf(pnl).amount, reason: pnl.reason });

export function previewRows(preview: Preview): PreviewRow[] {
  return preview.windows.map(({ days, before, after }) => ({
    days,
    twr: pair(percentOf(before.twr), percentOf(after.twr), SEEN_PERCENT),
    pnl: pair(amountOf(before.pnl), amountOf(after.pnl), SEEN[unitOf(preview)]),
  }));
}
