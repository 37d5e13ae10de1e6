import { afterEach, describe, expect, it } from "vitest";

import { groupMarks, toMarks } from "@/charts/flow-marks";
import { canBeLog, decimalsFor, heightOf, valueTicks, withAir } from "@/charts/scale";
import { sameSpan, spanKey } from "@/charts/span";
import { tickLabel, timeTicks } from "@/charts/time-ticks";
import { carried, clamped, isWhole, panned, revealed, zoomed } from "@/charts/view";
import { axisText, drawdownText, spanText, summary, valueText } from "@/charts/words";
import { speak } from "@/i18n";
import { formatMoney, formatSignedMoney, HIDDEN } from "@/lib/format";

import { flow } from "./answers";
import { columnsOf, HOUR, START } from "./chart-answers";

const DAY = 24 * HOUR;
const domain = { from: START, to: START + 100 * DAY };
const amounts = { amount: formatMoney, signed: formatSignedMoney };

describe("the view", () => {
  it("zooms around an instant, which keeps its place", () => {
    const view = zoomed(domain, domain, 0.5, START + 80 * DAY);
    expect(view).toEqual({ from: START + 40 * DAY, to: START + 90 * DAY });
    expect(zoomed(view, domain, 2, START + 80 * DAY)).toEqual(domain);
  });

  it("never leaves the data, and never shrinks to nothing", () => {
    expect(panned({ from: START + 10 * DAY, to: START + 20 * DAY }, domain, -50 * DAY)).toEqual({ from: START, to: START + 10 * DAY });
    expect(zoomed(domain, domain, 5, START)).toEqual(domain);
    const close = zoomed(domain, domain, 1e-9, START + 50 * DAY);
    expect(close.to - close.from).toBeCloseTo(2 * HOUR, 0);
    expect(clamped({ from: START - DAY, to: START + 500 * DAY }, domain)).toEqual(domain);
    const tiny = { from: START, to: START + HOUR };
    expect(zoomed(tiny, tiny, 0.1, START)).toEqual(tiny);
  });

  it("follows the crosshair out of the picture, but no further", () => {
    const view = { from: START + 10 * DAY, to: START + 20 * DAY };
    expect(revealed(view, domain, START + 25 * DAY)).toEqual({ from: START + 15 * DAY, to: START + 25 * DAY });
    expect(revealed(view, domain, START + 9 * DAY)).toEqual({ from: START + 9 * DAY, to: START + 19 * DAY });
    expect(revealed(view, domain, START + 12 * DAY)).toBe(view);
  });

  it("grows with the data only where it saw all of it, or its end", () => {
    const later = { from: START, to: START + 101 * DAY };
    expect(isWhole(carried(domain, domain, later), later)).toBe(true);
    expect(carried({ from: START + 90 * DAY, to: domain.to }, domain, later)).toEqual({ from: START + 91 * DAY, to: later.to });
    expect(carried({ from: START, to: START + DAY }, domain, later)).toEqual({ from: START, to: START + DAY });
  });
});

describe("heights", () => {
  it("go there and back", () => {
    for (const [line, value] of [["twr", -40], ["twr", 250], ["value", 0.02], ["pnl", -7]] as const)
      for (const log of [true, false]) expect(heightOf(line, log).back(heightOf(line, log).of(value))).toBeCloseTo(value, 9);
  });

  it("on a log scale doubling is as high at the bottom as at the top", () => {
    const { of } = heightOf("value", true);
    expect(of(2000) - of(1000)).toBeCloseTo(of(64_000) - of(32_000), 12);
    const percent = heightOf("twr", true).of;
    expect(percent(100) - percent(0)).toBeCloseTo(percent(300) - percent(100), 12);
  });

  it("have none where there is no logarithm", () => {
    expect(heightOf("value", true).of(0)).toBeNaN();
    expect(heightOf("twr", true).of(-100)).toBeNaN();
    expect(canBeLog("pnl")).toBe(false);
    expect(heightOf("pnl", true).of(-5)).toBe(-5);
  });

  it("leave air, also around a flat line", () => {
    expect(withAir({ low: 0, high: 80 }, 0.1, 0.1)).toEqual({ low: -10, high: 90 });
    const flat = withAir({ low: 5, high: 5 }, 0.1, 0.2);
    expect(flat.low).toBeLessThan(5);
    expect(flat.high).toBeGreaterThan(5);
    expect(withAir({ low: 0, high: 0 }, 0.1, 0.1).high).toBeGreaterThan(0);
  });
});

describe("ticks", () => {
  const linear = heightOf("twr", false);

  it("are round and inside", () => {
    expect(valueTicks(linear, { low: -13, high: 47 }, 6)).toEqual({ values: [-10, 0, 10, 20, 30, 40], step: 10 });
    expect(valueTicks(linear, { low: 0.1, high: 0.123 }, 5).values.length).toBeGreaterThan(2);
    expect(valueTicks(linear, { low: 3, high: 3 }, 5).values).toEqual([]);
  });

  it("of a wide log axis are multiples, of a narrow one even steps", () => {
    const usd = heightOf("value", true);
    expect(valueTicks(usd, { low: 2, high: 5 }, 6).values).toEqual([100, 300, 1000, 3000, 10_000, 30_000, 100_000]);
    expect(valueTicks(usd, { low: 0, high: 30 }, 6).values.every((value) => Math.abs(Math.log10(value) % 1) < 1e-9)).toBe(true);
    const percent = heightOf("twr", true);
    expect(valueTicks(percent, { low: percent.of(-50), high: percent.of(900.1) }, 6).values).toEqual([-50, 0, 100, 400, 900]);
    const narrow = valueTicks(percent, { low: percent.of(0), high: percent.of(50) }, 5).values.map((value) => Number(value.toFixed(6)));
    expect(narrow).toEqual([0, 10, 20, 30, 40, 50]);
  });

  it.each([[10, 0], [2.5, 1], [0.25, 2], [0.1, 1], [0.05, 2], [0, 0]])("a step of %d needs %d decimals", (step, digits) => {
    expect(decimalsFor(step)).toBe(digits);
  });

  it.each([[6, 8], [24 * 7, 6], [24 * 90, 8], [24 * 365, 6], [24 * 365 * 9, 6]])("over %d hours gives round times, at most %d", (hours, most) => {
    for (const utc of [false, true]) {
      const ticks = timeTicks(START, START + hours * HOUR, most, utc);
      expect(ticks.length).toBeGreaterThan(1);
      expect(ticks.length).toBeLessThanOrEqual(most + 2);
      for (const tick of ticks) {
        expect(tick).toBeGreaterThanOrEqual(START);
        expect(tick).toBeLessThanOrEqual(START + hours * HOUR);
        const at = new Date(tick);
        expect(at.getMinutes()).toBe(0);
        if (hours >= 24 * 90) expect(utc ? at.getUTCHours() : at.getHours()).toBe(0);
      }
    }
  });

  it("stay at midnight across the change to summer time, and at the same days while panned", () => {
    const [from, to] = [Date.parse("2026-03-25T00:00:00Z"), Date.parse("2026-04-05T00:00:00Z")];
    const ticks = timeTicks(from, to, 12);
    expect(ticks.map((tick) => new Date(tick).getHours())).toEqual(ticks.map(() => 0));
    const [before, after] = [0, 1, 2, 3].map((days) => timeTicks(from + days * DAY, from + (days + 40) * DAY, 8)).slice(1, 3);
    expect(after?.slice(0, 4).some((tick) => before?.includes(tick))).toBe(true);
  });

  it("have none for an empty span", () => {
    expect(timeTicks(START, START, 5)).toEqual([]);
  });
});

describe("labels", () => {
  afterEach(() => speak("en"));

  it("follow span, zone and language", async () => {
    expect(tickLabel(START, 30 * DAY)).toMatch(/^(5 Jan|Jan 5)$/);
    expect(tickLabel(START, 12 * HOUR)).toBe("01:00");
    expect(tickLabel(START + HOUR, 12 * HOUR, true)).toBe("01:00");
    expect(tickLabel(START, 700 * DAY)).toBe("Jan 2026");
    await speak("fr");
    expect(tickLabel(START, 700 * DAY)).toBe("janv. 2026");
  });

  it("never stand twice on the axis, however wide it is", () => {
    for (const days of [1, 2, 5, 5.5, 7, 8, 30, 90]) {
      for (const most of [3, 8, 16, 50]) {
        const labels = timeTicks(START, START + days * DAY, most).map((tick) => tickLabel(tick, days * DAY));
        const repeated = labels.filter((label, place) => label === labels[place - 1]);
        expect(repeated, `${String(days)} days, ${String(most)} labels`).toEqual([]);
      }
    }
  });

  it("of the drawdown are as fine as its steps", () => {
    expect(drawdownText(-2.5, 2.5)).toBe("−2.5 %");
    expect(drawdownText(-10, 10)).toBe("−10 %");
    expect(drawdownText(0, 2.5)).toBe("0.0 %");
    expect(drawdownText(-0.05, 0.05)).toBe("−0.05 %");
  });

  it("of the axis are as fine as its steps", () => {
    expect(axisText("twr", 12.5, 2.5, "USD")).toBe("+12.5 %");
    expect(axisText("twr", 0, 10, "USD")).toBe("0 %");
    expect(axisText("twr", -20, 10, "USD")).toBe("−20 %");
    expect(axisText("value", 72_500, 2_500, "USD")).toBe("$72,500");
    expect(axisText("value", 1_250_000, 250_000, "USD")).toBe("$1.25M");
    expect(axisText("pnl", -300, 100, "USD")).toBe("−$300");
    expect(axisText("value", 71_387.05, 0, "USD")).toBe("$71,387");
  });

  it("carry the unit of the value", () => {
    expect(axisText("value", 72_500, 2_500, "EUR")).toBe("€72,500");
    expect(axisText("value", 1_250_000, 250_000, "EUR")).toBe("€1.25M");
    expect(axisText("value", 0.525, 0.025, "BTC")).toBe("0.525 BTC");
    expect([1234.56, 12.3456, 0.52345].map((value) => axisText("value", value, 0, "BTC"))).toEqual(["1,234.6 BTC", "12.346 BTC", "0.5235 BTC"]);
    expect(axisText("pnl", -300, 100, "EUR")).toBe("−€300");
    expect(axisText("pnl", 0.05, 0.01, "BTC")).toBe("+0.05 BTC");
    expect(axisText("pnl", 0, 0.01, "BTC")).toBe("0.00 BTC");
    expect(axisText("twr", 12.5, 2.5, "BTC")).toBe("+12.5 %");
  });

  it("never turn what is not known into a number", () => {
    expect(valueText("twr", Number.NaN, amounts, "USD")).toBe("not known");
    expect(valueText("pnl", undefined, amounts, "USD")).toBe("not known");
    expect(valueText("value", 12.5, amounts, "USD")).toBe("$12.50");
    expect(valueText("value", 12.5, amounts, "EUR")).toBe("€12.50");
    expect(valueText("value", Number.NaN, amounts, "EUR")).toBe("rate not known");
    expect(valueText("pnl", 12.5, amounts, "EUR")).toBe("+€12.50");
    expect(valueText("pnl", 12.5, { ...amounts, signed: () => HIDDEN }, "USD")).toBe(HIDDEN);
  });
});

describe("the picture in words", () => {
  afterEach(() => speak("en"));
  const columns = columnsOf([0, -3, 5], { gaps: [[START, START + HOUR]], live_from: new Date(START + HOUR).toISOString() });

  it("says last, lowest, highest, drawdown, gaps and what was rebuilt", () => {
    expect(summary(columns, "twr", { days: 7 }, amounts)).toBe(
      "Time-weighted return, the last 7 days: +5.00 % at 2026-01-05 03:00. Lowest −3.00 % on 2026-01-05, highest +5.00 % on 2026-01-05. " +
        "Deepest drawdown −3.00 % on 2026-01-05. 1 stretch without snapshots. Rebuilt from records before 2026-01-05 02:00.",
    );
    expect(summary(columnsOf([null, null]), "twr", { days: 7 }, amounts)).toBe("Nothing to draw yet.");
  });

  it("says from where on nothing is known, instead of passing an old figure for today's", () => {
    expect(summary(columnsOf([0, 2, null, null]), "twr", { days: 7 }, amounts)).toContain("+2.00 % at 2026-01-05 02:00.");
    expect(summary(columnsOf([0, 2, null, null]), "twr", { days: 7 }, amounts)).toContain("Not known since 2026-01-05 03:00.");
    expect(summary(columnsOf([null, 0, 2]), "twr", { days: 7 }, amounts)).not.toContain("Not known");
  });

  it("hides amounts when it must", () => {
    const hidden = { amount: () => HIDDEN, signed: () => HIDDEN };
    expect(summary(columns, "value", { days: 0 }, hidden)).not.toMatch(/\$|1,?000/);
  });

  it("names spans of dates", async () => {
    const span = { start_date: "2026-01-04T23:00:00Z", end_date: "2026-02-05T23:00:00Z" };
    expect(spanText(span)).toBe("2026-01-05 → 2026-02-05");
    expect(spanText({ ...span, end_date: "2026-02-05T12:30:00Z" })).toBe("2026-01-05 00:00 → 2026-02-05 13:30");
    expect(spanText({ start_date: "2026-01-05" })).toBe("2026-01-05 → …");
    expect(spanKey(span)).toBe("2026-01-04T23:00:00Z..2026-02-05T23:00:00Z");
    expect(sameSpan({ days: 7 }, { days: 7 })).toBe(true);
    expect(sameSpan({ days: 7 }, span)).toBe(false);
    expect(sameSpan(null, null)).toBe(false);
    await speak("fr");
    expect(summary(columns, "twr", span, amounts)).toContain("Rendement pondéré");
  });
});

describe("flows", () => {
  const at = (hours: number): string => new Date(START + hours * HOUR).toISOString();

  it("become marks only while they count as flows", () => {
    const marks = toMarks([flow({ id: 2, counted_at: at(9), type: "WITHDRAW", amount_usd: -9, counted_usd: -5 }), flow({ id: 1, counted_at: at(1) }), flow({ id: 3, flow_class: "internal", counted_usd: null }), flow({ id: 4, linked_id: 1, counted_usd: null })]);
    expect(marks.map((mark) => [mark.id, mark.deposit, mark.amount])).toEqual([[1, true, 1000], [2, false, -5]]);
    expect(toMarks([flow({ amount_usd: null, counted_usd: null })])).toMatchObject([{ amount: null, deposit: true }]);
  });

  it("share a mark when they are too near, whatever part is in view", () => {
    const marks = toMarks([0, 1, 2, 3, 30].map((hours, id) => flow({ id, counted_at: at(hours), type: id === 1 ? "WITHDRAW" : "DEPOSIT", amount_usd: id === 1 ? -5 : 5 })));
    const groups = groupMarks(marks, 2 * HOUR);
    expect(groups.map((group) => [group.flows.length, group.kind])).toEqual([[2, "both"], [2, "deposit"], [1, "deposit"]]);
    expect(groupMarks(marks, 0)).toHaveLength(5);
    expect(groupMarks([], HOUR)).toEqual([]);
  });
});
