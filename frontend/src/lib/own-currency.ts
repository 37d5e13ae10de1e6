/** Figures in the currency that the server was asked for: each knows its own, so that none stands under another one's sign. */

import type { CashFlow, PnlWindow } from "@/api/types";

import type { MoneyUnit } from "./format";

/** Where a rate is missing that a figure needs. */
export const RATE_UNKNOWN = "rate_unknown";

export interface Told {
  amount: number | null;
  unit: MoneyUnit;
}

/** An answer that names no currency is in USD. */
export function unitOf(answer: { currency?: MoneyUnit | null } | null | undefined): MoneyUnit {
  return answer?.currency ?? "USD";
}

export function profitOf(pnl: PnlWindow | null | undefined): Told {
  const unit = unitOf(pnl);
  return { amount: (unit === "USD" ? pnl?.pnl_usd : pnl?.pnl) ?? null, unit };
}

/** What to add to a question: nothing for USD, so that such a question looks as it always did. */
export function asking(currency: MoneyUnit): { currency?: MoneyUnit } {
  return currency === "USD" ? {} : { currency };
}

/** An amount of a cash flow at the rate of its own minute; null where that is not known. */
export function flowAmount(flow: Pick<CashFlow, "rates">, usd: number | null, unit: MoneyUnit): number | null {
  if (usd === null || unit === "USD") return usd;
  const rate = flow.rates[unit];
  return rate === null ? null : usd / rate;
}

/** The same where one amount stands for itself: in dollars, with their sign, while its rate is not known. */
export function toldIn(flow: Pick<CashFlow, "rates">, usd: number | null, unit: MoneyUnit): Told {
  const amount = flowAmount(flow, usd, unit);
  return usd !== null && amount === null ? { amount: usd, unit: "USD" } : { amount, unit };
}
