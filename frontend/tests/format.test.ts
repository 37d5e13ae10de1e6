import { afterEach, describe, expect, it } from "vitest";

import { speak } from "@/i18n";
import {
  direction, formatDays, formatPrice, formatQuantity, formatShare, formatSignedPercent, formatSignedUsd, formatMoney, formatSignedMoney, formatUsd, splitAmount,
} from "@/lib/format";

describe("amounts", () => {
  it("writes USD with two decimals, and never a false zero for the unknown", () => {
    expect(formatUsd(48211.07)).toBe("$48,211.07");
    expect(formatUsd(-0.004)).toBe("$0.00");
    expect(formatUsd(-12.5)).toBe("−$12.50");
    for (const unknown of [null, undefined, Number.NaN, Infinity]) expect(formatUsd(unknown)).toBe("—");
  });

  it("keeps the digits of small prices", () => {
    expect(formatPrice(92013.474)).toBe("$92,013.47");
    expect(formatPrice(3.1172)).toBe("$3.1172");
    expect(formatPrice(1)).toBe("$1.00");
    expect(formatPrice(0.1712)).toBe("$0.1712");
    expect(formatPrice(0.00001234)).toBe("$0.00001234");
    expect(formatPrice(0)).toBe("$0.00");
    expect(formatPrice(null)).toBe("—");
  });

  it("keeps quantities down to the last satoshi and below", () => {
    expect(formatQuantity(0.512)).toBe("0.512");
    expect(formatQuantity(31_250_000)).toBe("31,250,000");
    expect(formatQuantity(0.00000001)).toBe("0.00000001");
    expect(formatQuantity(1e-9)).toBe("0.000000001");
    expect(formatQuantity(-2)).toBe("−2");
  });
});

describe("changes", () => {
  it("always writes the sign, and none on a rounded zero", () => {
    expect(formatSignedUsd(5)).toBe("+$5.00");
    expect(formatSignedUsd(-5)).toBe("−$5.00");
    expect(formatSignedUsd(-0.001)).toBe("$0.00");
    expect(formatSignedPercent(7.123)).toBe("+7.12 %");
    expect(formatSignedPercent(-0.004)).toBe("0.00 %");
    expect(formatSignedPercent(null)).toBe("—");
  });

  it("gives a direction that agrees with the text", () => {
    expect(direction(0.01)).toBe("up");
    expect(direction(-0.01)).toBe("down");
    expect(direction(0.004)).toBe("flat");
    expect(direction(null)).toBe("unknown");
  });

  it("does not round a small share to nothing", () => {
    expect(formatShare(0.004)).toBe("< 0.01 %");
    expect(formatShare(0)).toBe("0.00 %");
    expect(formatShare(97.7)).toBe("97.70 %");
  });
});

describe("counts", () => {
  it("agrees in number", () => {
    expect(formatDays(1)).toBe("1 day");
    expect(formatDays(6.94)).toBe("6.9 days");
    expect(formatDays(90.04)).toBe("90 days");
  });
});

describe("in the reader's own notation", () => {
  afterEach(async () => {
    await speak("en");
  });

  it("writes other units, and the sign of a currency where it belongs", async () => {
    expect(formatMoney(1234.5, "EUR")).toBe("€1,234.50");
    expect(formatMoney(0.51234567, "BTC")).toBe("0.51234567\u00a0BTC");
    expect(formatSignedMoney(-0.000000001, "BTC")).toBe("0.00000000\u00a0BTC");
    await speak("fr");
    expect(formatMoney(-1234.5, "EUR")).toBe("−1\u202f234,50\u00a0€");
    expect(formatUsd(1234.5)).toBe("1\u202f234,50\u00a0$");
    expect(formatSignedPercent(7.1)).toBe("+7,10\u202f%");
    expect(formatShare(0.004)).toBe("< 0,01\u202f%");
  });

  it("parts an amount where its cents begin, and nothing that has none", async () => {
    expect(splitAmount("$48,211.07")).toEqual(["$48,211", ".07"]);
    expect(splitAmount("0.51234567\u00a0BTC")).toEqual(["0.51234567", "\u00a0BTC"]);
    expect(splitAmount("—")).toEqual(["—", ""]);
    expect(splitAmount("•••••")).toEqual(["•••••", ""]);
    await speak("fr");
    expect(splitAmount(formatUsd(48211.07))).toEqual(["48\u202f211", ",07\u00a0$"]);
  });
});
