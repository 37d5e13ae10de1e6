import { expect, it } from "vitest";

import type { BalanceRow } from "@/api/types";
import { matching, valueOfAll } from "@/lib/holdings";
import { holdingsCsv } from "@/lib/holdings-csv";

const BTC: BalanceRow = { asset: "BTC", balance: 0.5, usd_value: 45000.5, price_usd: 90001, percentage: 99.9, price_status: "live", wallets: { spot: 0.4, earn_flexible: 0.1 }, change_24h_percent: -1.25 };
const OLD: BalanceRow = { asset: "=OLD,1", balance: 1e-9, usd_value: null, price_usd: null, percentage: 0, price_status: "missing", wallets: { spot: 1e-9 }, change_24h_percent: null };

it("writes plain numbers, leaves the unknown empty, and runs no formula", () => {
  expect(holdingsCsv([BTC, OLD])).toBe(
    "asset,balance,price_usd,usd_value,percentage,change_24h_percent,wallets\r\n" +
      "BTC,0.5,90001,45000.5,99.9,-1.25,spot 0.4; earn_flexible 0.1\r\n" +
      `"'=OLD,1",0.000000001,,,0,,spot 0.000000001\r\n`,
  );
});

it("finds by coin or by wallet, and sums what is priced", () => {
  expect(matching([BTC, OLD], "bt")).toEqual([BTC]);
  expect(matching([BTC, OLD], "flex")).toEqual([BTC]);
  expect(matching([BTC, OLD], " ")).toEqual([BTC, OLD]);
  expect(valueOfAll([BTC, OLD])).toBe(45000.5);
});
