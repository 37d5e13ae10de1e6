/** The words around one window's figures: what period it really covers, and what weakens it. */

import type { TwrWindow } from "@/api/types";

import { formatCount, formatDays, formatSignedPercent } from "./format";
import { flagText } from "./reasons";

export function coverage(twr: TwrWindow): string {
  if (twr.start_date === null) return "";
  if (twr.is_partial && twr.period_days > 0) return `only ${formatDays(twr.actual_days)} of ${String(twr.period_days)} covered`;
  return `covers ${formatDays(twr.actual_days)}`;
}

export function flowWords(twr: TwrWindow): string {
  const flows = formatCount(twr.flow_count, "cash flow");
  return twr.approximate_flows > 0 ? `${flows}, ${String(twr.approximate_flows)} approximate` : flows;
}

/** "+130.94 % a year: extrapolated from 30 days, not achieved" */
export function annualised(twr: TwrWindow): string {
  if (twr.twr_annualized_percent === null || twr.annualization === "none") return "";
  const figure = `${formatSignedPercent(twr.twr_annualized_percent)} a year`;
  return twr.annualization === "achieved"
    ? `${figure}, achieved over ${formatDays(twr.actual_days)}`
    : `${figure}: extrapolated from ${formatDays(Math.floor(twr.actual_days))}, not achieved`;
}

/** Gaps and flags; a gap with its length says more than its flag. */
export function warnings(twr: TwrWindow): string[] {
  const said = new Set(twr.gap_days > 0 ? ["no_base"] : []);
  const gaps = twr.gap_days > 0 ? [`${formatDays(twr.gap_days)} without funds left out`] : [];
  return [...gaps, ...twr.flags.filter((flag) => !said.has(flag)).map(flagText)];
}
