/** The words around one window's figures: what period it really covers, and what weakens it. */

import type { TwrWindow } from "@/api/types";
import { t } from "@/i18n";

import { formatDays, formatSignedPercent, grouped } from "./format";
import { flagText } from "./reasons";

export function coverage(twr: TwrWindow): string {
  if (twr.start_date === null) return "";
  const days = formatDays(twr.actual_days);
  const isShort = twr.is_partial && twr.period_days > 0;
  return isShort ? t("dashboard.metric.coversOnly", { days, n: twr.period_days }) : t("dashboard.metric.covers", { days });
}

export function flowWords(twr: TwrWindow): string {
  const flows = t("dashboard.metric.flows", { n: grouped(twr.flow_count, 0, 0) }, twr.flow_count);
  return twr.approximate_flows > 0 ? t("dashboard.metric.flowsApproximate", { flows, n: twr.approximate_flows }) : flows;
}

/** "+130.94 % a year: extrapolated from 30 days, not achieved" */
export function annualised(twr: TwrWindow): string {
  if (twr.twr_annualized_percent === null || twr.annualization === "none") return "";
  const figure = formatSignedPercent(twr.twr_annualized_percent);
  return twr.annualization === "achieved"
    ? t("dashboard.metric.achieved", { figure, days: formatDays(twr.actual_days) })
    : t("dashboard.metric.extrapolated", { figure, days: formatDays(Math.floor(twr.actual_days)) });
}

/** Gaps and flags; a gap with its length says more than its flag. */
export function warnings(twr: TwrWindow): string[] {
  const said = new Set(twr.gap_days > 0 ? ["no_base"] : []);
  const gaps = twr.gap_days > 0 ? [t("dashboard.metric.gap", { days: formatDays(twr.gap_days) })] : [];
  return [...gaps, ...twr.flags.filter((flag) => !said.has(flag)).map(flagText)];
}
