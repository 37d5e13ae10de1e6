/** The holdings on screen as a spreadsheet reads them: plain numbers, always in USD, so that no locale can misread them. */

import type { BalanceRow } from "@/api/types";

const COLUMNS = ["asset", "balance", "price_usd", "usd_value", "percentage", "change_24h_percent", "wallets"] as const;
/** A spreadsheet would run a cell that begins so as a formula. */
const FORMULA = /^[=+\-@\t\r]/;

function cell(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return plain(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Without an exponent: 1e-9 is "0.000000001". */
function plain(value: number): string {
  const text = String(value);
  return text.includes("e-") ? value.toFixed(20).replace(/0+$/, "") : text;
}

function wallets(row: BalanceRow): string {
  return Object.entries(row.wallets).map(([name, quantity]) => `${name} ${plain(quantity)}`).join("; ");
}

export function holdingsCsv(rows: readonly BalanceRow[]): string {
  const lines = rows.map((row) =>
    [row.asset, row.balance, row.price_usd, row.usd_value, row.percentage, row.change_24h_percent, wallets(row)].map(cell).join(","),
  );
  return [COLUMNS.join(","), ...lines, ""].join("\r\n");
}
