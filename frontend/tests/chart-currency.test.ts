import { describe, expect, it } from "vitest";

import { drawnIndices, LIFT } from "@/charts/decimate";
import { unknownFrom } from "@/charts/columns";
import { inUnit } from "@/charts/currency";
import { summary } from "@/charts/words";
import { formatMoney, formatSignedMoney } from "@/lib/format";

import { columnsOf, HOUR, START } from "./chart-answers";

const at = (hour: number): number => START + hour * HOUR;
const whole = { from: at(0), to: at(9) };

describe("values in another currency", () => {
  const columns = columnsOf([0, 1, 2], { value_usd: [1100, 1200, 1300], eur_usd: [1.1, 1.2, 1.04], btc_usd: [100_000, null, 65_000] });

  it("are counted at the rate of their own moment", () => {
    const found = inUnit(columns, "EUR");
    expect([...found.value]).toEqual([1100 / 1.1, 1200 / 1.2, 1300 / 1.04]);
    expect([found.unit, found.unrated]).toEqual(["EUR", []]);
    expect(found.pnl).toBe(columns.pnl);
    expect(found.twr).toBe(columns.twr);
    expect(inUnit(columns, "USD")).toBe(columns);
  });

  it("are missing where the rate is, and nowhere else", () => {
    const found = inUnit(columns, "BTC");
    expect([...found.value]).toEqual([0.011, Number.NaN, 0.02]);
    expect(found.unrated).toEqual([[at(0), at(2)]]);
    expect(drawnIndices(found, found.value, whole, 500)).toEqual([0, LIFT, 2]);
  });

  it("stay in USD where no rate is known at all", () => {
    const none = columnsOf([0, 1], { value_usd: [5, 6] });
    expect(inUnit(none, "EUR")).toBe(none);
  });

  it("say from where to where nobody knows", () => {
    const gaps = columnsOf([0, 0, 0, 0, 0, 0], { eur_usd: [null, null, 1.1, null, 1.1, null] });
    expect(inUnit(gaps, "EUR").unrated).toEqual([[at(0), at(2)], [at(2), at(4)], [at(4), at(5)]]);
  });

  it("never pass a missing rate for a doubted figure", () => {
    const found = inUnit(columnsOf([0, 1, 2], { eur_usd: [1.1, 1.1, null] }), "EUR");
    expect(unknownFrom(found, found.value)).toBeNull();
    const text = summary(found, "value", { days: 7 }, { amount: formatMoney, signed: formatSignedMoney });
    expect(text).toContain("€909.09");
    expect(text).toContain("Partly unknown: what 1 EUR cost was not always stored.");
    expect(text).not.toContain("Not known since");
  });
});
