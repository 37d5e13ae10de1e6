import { describe, expect, it } from "vitest";

import type { BalanceRow } from "@/api/types";
import { composition, isSmall, shareText, sortHoldings } from "@/lib/holdings";

const row = (asset: string, balance: number, value: number | null, percentage = 0, change: number | null = null): BalanceRow => ({
  asset, balance, usd_value: value, price_usd: value === null ? null : value / balance, percentage,
  price_status: value === null ? "missing" : "live", wallets: { spot: balance }, change_24h_percent: change,
});
const ROWS = [row("BTC", 1, 900, 90, -1), row("OLD", 5000, null), row("ADA", 200, 99.5, 9.95, 3.5), row("DUST", 3, 0.5, 0.05)];
const names = (rows: BalanceRow[]): string[] => rows.map((each) => each.asset);

describe("sorting", () => {
  it("puts the unknown last whichever way", () => {
    expect(names(sortHoldings(ROWS, "value", true))).toEqual(["BTC", "ADA", "DUST", "OLD"]);
    expect(names(sortHoldings(ROWS, "value", false))).toEqual(["DUST", "ADA", "BTC", "OLD"]);
    expect(names(sortHoldings(ROWS, "price", false))).toEqual(["DUST", "ADA", "BTC", "OLD"]);
    expect(names(sortHoldings(ROWS, "balance", true))).toEqual(["OLD", "ADA", "DUST", "BTC"]);
    expect(names(sortHoldings(ROWS, "asset", false))).toEqual(["ADA", "BTC", "DUST", "OLD"]);
    expect(names(sortHoldings(ROWS, "change", true))).toEqual(["ADA", "BTC", "DUST", "OLD"]);
    expect(names(sortHoldings(ROWS, "change", false))).toEqual(["BTC", "ADA", "DUST", "OLD"]);
  });

  it("leaves the answer untouched", () => {
    sortHoldings(ROWS, "asset", false);
    expect(names(ROWS)).toEqual(["BTC", "OLD", "ADA", "DUST"]);
  });
});

it("an unpriced holding is never small", () => {
  expect(ROWS.filter(isSmall).map((each) => each.asset)).toEqual(["DUST"]);
});

it("a worth is never a share of zero", () => {
  expect(shareText(row("X", 1, 0.001, 0))).toBe("< 0.01 %");
  expect(shareText(row("X", 1, 0, 0))).toBe("0.00 %");
});

it("the strip holds the largest and the rest, together everything priced", () => {
  const slices = composition(ROWS, 1);
  expect(slices.map((slice) => slice.label)).toEqual(["BTC", "others"]);
  expect(slices.reduce((sum, slice) => sum + slice.percentage, 0)).toBeCloseTo(100, 6);
});
