/** The working behind a return, as text: for the table and for a spreadsheet. */

import type { SubPeriod } from "@/api/types";

const METHODS: Record<string, string> = {
  exact: "exact: valued at the flow",
  at_snapshot: "valued at a snapshot",
  modified_dietz: "Modified Dietz",
  mixed: "approximate: deposits at the start, withdrawals at the end",
  start: "flow counted at the start",
  end: "flow counted at the end",
  mid: "flow counted in the middle",
  pre_tracking: "before tracking",
};

export function methodText(method: string): string {
  return METHODS[method] ?? method.replaceAll("_", " ");
}

export function productOf(periods: readonly SubPeriod[]): number {
  return periods.reduce((product, period) => product * period.factor, 1);
}

/** Factors to ten significant digits: enough to redo the product by hand. */
export function formatFactor(factor: number): string {
  return factor.toPrecision(10);
}

const COLUMNS = ["start", "end", "start_value", "flow", "end_value", "factor", "method", "flags"] as const;

function cell(value: SubPeriod[(typeof COLUMNS)[number]]): string {
  const text = Array.isArray(value) ? value.join(" ") : String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function toCsv(periods: readonly SubPeriod[]): string {
  const rows = periods.map((period) => COLUMNS.map((column) => cell(period[column])).join(","));
  return [COLUMNS.join(","), ...rows, ""].join("\r\n");
}
