/** Which holdings are shown, and in which order. */

import type { BalanceRow } from "@/api/types";
import { t } from "@/i18n";
import { formatShare, tinyShare } from "@/lib/format";
import { walletName } from "@/lib/states";
import type { SortKey } from "@/stores/preferences";

export const SMALL_USD = 1;

/** Unpriced holdings are never "small": nobody knows what they are worth. */
export function isSmall(row: BalanceRow): boolean {
  return row.usd_value !== null && Math.abs(row.usd_value) < SMALL_USD;
}

function valueOf(row: BalanceRow, key: Exclude<SortKey, "asset">): number | null {
  if (key === "balance") return row.balance;
  if (key === "change") return row.change_24h_percent;
  return key === "price" ? row.price_usd : row.usd_value;
}

/** Unknown values come last in both directions. */
export function sortHoldings(rows: readonly BalanceRow[], key: SortKey, descending: boolean): BalanceRow[] {
  const way = descending ? -1 : 1;
  return [...rows].sort((left, right) => {
    if (key === "asset") return way * left.asset.localeCompare(right.asset, "en");
    const a = valueOf(left, key);
    const b = valueOf(right, key);
    if (a === null || b === null) return Number(a === null) - Number(b === null) || left.asset.localeCompare(right.asset, "en");
    return way * (a - b) || left.asset.localeCompare(right.asset, "en");
  });
}

/** Whose name, or one of whose wallets, holds what was typed. */
export function matching(rows: readonly BalanceRow[], typed: string): BalanceRow[] {
  const wanted = typed.trim().toLocaleLowerCase();
  if (wanted === "") return [...rows];
  const holds = (text: string): boolean => text.toLocaleLowerCase().includes(wanted);
  return rows.filter((row) => holds(row.asset) || Object.keys(row.wallets).some((wallet) => holds(walletName(wallet))));
}

/** What the priced ones among `rows` are worth together, in USD. */
export function valueOfAll(rows: readonly BalanceRow[]): number {
  return rows.reduce((sum, row) => sum + (row.usd_value ?? 0), 0);
}

/** The share in words; what is worth something is never said to be 0 %. */
export function shareText(row: BalanceRow): string {
  return row.percentage === 0 && row.usd_value ? tinyShare() : formatShare(row.percentage);
}

export interface Slice {
  label: string;
  percentage: number;
}

/** The largest holdings and the rest as one slice, for the composition strip. */
export function composition(rows: readonly BalanceRow[], largest: number): Slice[] {
  const sorted = sortHoldings(rows, "value", true).filter((row) => row.percentage > 0);
  const top = sorted.slice(0, largest).map((row) => ({ label: row.asset, percentage: row.percentage }));
  const rest = sorted.slice(largest).reduce((sum, row) => sum + row.percentage, 0);
  return rest > 0 ? [...top, { label: t("dashboard.holdings.others"), percentage: rest }] : top;
}
