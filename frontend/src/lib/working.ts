/** The working behind a return, as text: for the table and for a spreadsheet. */

import type { CashFlow, PnlWindow, SubPeriod } from "@/api/types";
import { hasText, t } from "@/i18n";

import type { MoneyUnit } from "./format";
import { flowAmount, unitOf } from "./own-currency";
import { parseInstant } from "./time";

export function methodText(method: string): string {
  const key = `flows.working.method.${method}`;
  return hasText(key) ? t(key) : method.replaceAll("_", " ");
}

export function productOf(periods: readonly SubPeriod[]): number {
  return periods.reduce((product, period) => product * period.factor, 1);
}

/** Factors to ten significant digits: enough to redo the product by hand. Not localised: it is for a calculator. */
export function formatFactor(factor: number): string {
  return factor.toPrecision(10);
}

const COLUMNS = ["start", "end", "start_value", "flow", "end_value", "factor", "method", "flags"] as const;

function cell(value: string | number | readonly string[]): string {
  const text = typeof value === "object" ? value.join(" ") : String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function toCsv(periods: readonly SubPeriod[], unit: MoneyUnit = "USD"): string {
  const [heads, ends] = unit === "USD" ? [COLUMNS, []] : [[...COLUMNS, "currency"], [unit]];
  const rows = periods.map((period) => [...COLUMNS.map((column) => cell(period[column])), ...ends].join(","));
  return [heads.join(","), ...rows, ""].join("\r\n");
}

const PROFIT_COLUMNS = ["period_start", "period_end", "initial_value", "current_value", "total_deposits", "total_withdrawals", "pnl_usd", "pnl_percent"] as const;

/** Amounts are in the currency that the last column names; without that column, in USD. */
export function profitCsv(pnl: PnlWindow): string {
  const columns = unitOf(pnl) === "USD" ? PROFIT_COLUMNS : ([...PROFIT_COLUMNS, "pnl", "currency"] as const);
  return [columns.join(","), columns.map((column) => cell(pnl[column] ?? "")).join(","), ""].join("\r\n");
}

/** Rounding of the sum, not money. */
const SAME: Record<MoneyUnit, number> = { USD: 0.005, EUR: 0.005, BTC: 5e-8 };

/** Flows within the period `(start, end]`; null where they do not add up to what was counted, so that nothing is told that is not so. */
export function flowsWithin(counted: readonly CashFlow[], pnl: PnlWindow): CashFlow[] | null {
  const [start, end] = [parseInstant(pnl.period_start), parseInstant(pnl.period_end)];
  if (start === null || end === null) return null;
  const inside = counted.filter((flow) => {
    const at = parseInstant(flow.counted_at);
    return at !== null && at > start && at <= end && flow.valuation_method !== "pre_tracking";
  });
  const unit = unitOf(pnl);
  const net = inside.reduce((sum, flow) => sum + (flowAmount(flow, flow.counted_usd, unit) ?? Number.NaN), 0);
  return pnl.net_cash_flow !== null && Math.abs(net - pnl.net_cash_flow) < SAME[unit] ? inside : null;
}
