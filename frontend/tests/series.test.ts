import { describe, expect, it } from "vitest";

import { around, nearest, summary, tableRows, tickLabel, timeTicks, toSeries, withGaps } from "@/charts/series";

const HOUR = 3_600_000;
const START = Date.parse("2026-01-05T00:00:00Z");
const row = (hour: number, y: number): { x: string; y: number } => ({ x: new Date(START + hour * HOUR).toISOString(), y });

describe("toSeries", () => {
  it("turns text times into sorted milliseconds and finds the extremes", () => {
    const series = toSeries([row(2, 5), row(0, 0), row(1, -3), { x: "nonsense", y: 99 }]);
    expect(series.points).toEqual([{ x: START, y: 0 }, { x: START + HOUR, y: -3 }, { x: START + 2 * HOUR, y: 5 }]);
    expect(series.lowest?.y).toBe(-3);
    expect(series.highest?.y).toBe(5);
    expect(series.last?.y).toBe(5);
  });

  it("of nothing is nothing", () => {
    expect(toSeries([])).toEqual({ points: [], lowest: null, highest: null, last: null });
    expect(summary(toSeries([]), "the last 7 days")).toBe("No returns to draw yet.");
  });

  it("takes 90,000 points in well under a second", () => {
    const rows = Array.from({ length: 90_000 }, (_, hour) => row(hour, Math.sin(hour)));
    const began = performance.now();
    expect(toSeries(rows).points).toHaveLength(90_000);
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

describe("withGaps", () => {
  it("breaks the line where snapshots are missing for long, and only there", () => {
    const hours = [0, 1, 2, 3, 5, 6, 7, 80, 81];
    const drawn = withGaps(toSeries(hours.map((hour) => row(hour, hour))).points);
    expect(drawn.filter((point) => Number.isNaN(point.y))).toHaveLength(1);
    expect(drawn).toHaveLength(hours.length + 1);
    expect(Number.isNaN(drawn[7]?.y)).toBe(true);
  });

  it("leaves an even series alone", () => {
    const points = toSeries([row(0, 0), row(1, 1), row(2, 2)]).points;
    expect(withGaps(points)).toEqual(points);
    expect(withGaps([])).toEqual([]);
  });
});

describe("nearest", () => {
  const points = toSeries([row(0, 0), row(1, 1), row(10, 2)]).points;
  it.each([[-5, 0], [0.4, 0], [0.6, 1], [5, 1], [6, 2], [99, 2]])("hour %d is point %d", (hour, index) => {
    expect(nearest(points, START + hour * HOUR)).toBe(index);
  });
  it("has no answer without points", () => {
    expect(nearest([], START)).toBe(-1);
  });
});

it("finds the marks that a pointer would mean", () => {
  const points = toSeries([row(0, 0), row(100, 1)]).points;
  const marks = [{ x: START + 49.5 * HOUR }, { x: START + 52 * HOUR }];
  expect(around(marks, points, START + 50 * HOUR)).toEqual([marks[0]]);
  expect(around(marks, [], START)).toEqual([]);
});

describe("timeTicks", () => {
  it.each([[6, 8], [24 * 7, 6], [24 * 90, 8], [24 * 365, 6], [24 * 365 * 9, 6]])("over %d hours gives round times, at most %d", (hours, most) => {
    const ticks = timeTicks(START, START + hours * HOUR, most);
    expect(ticks.length).toBeGreaterThan(1);
    expect(ticks.length).toBeLessThanOrEqual(most + 1);
    for (const tick of ticks) {
      expect(tick).toBeGreaterThanOrEqual(START);
      expect(tick).toBeLessThanOrEqual(START + hours * HOUR);
      expect(new Date(tick).getMinutes()).toBe(0);
    }
    if (hours >= 24 * 90) for (const tick of ticks) expect(new Date(tick).getHours()).toBe(0);
  });

  it("stays at midnight across the change to summer time", () => {
    const ticks = timeTicks(Date.parse("2026-03-25T00:00:00Z"), Date.parse("2026-04-05T00:00:00Z"), 12);
    expect(ticks.map((tick) => new Date(tick).getHours())).toEqual(ticks.map(() => 0));
  });

  it("has none for an empty span", () => {
    expect(timeTicks(START, START, 5)).toEqual([]);
  });

  it("labels by span", () => {
    expect(tickLabel(START, 30 * 24 * HOUR)).toBe("5 Jan");
    expect(tickLabel(START, 12 * HOUR)).toBe("01:00");
    expect(tickLabel(START, 700 * 24 * HOUR)).toBe("Jan 2026");
  });
});

describe("the table behind the chart", () => {
  it("always holds first, last and both extremes", () => {
    const series = toSeries(Array.from({ length: 1000 }, (_, hour) => row(hour, hour === 333 ? 50 : hour === 777 ? -50 : 1)));
    const rows = tableRows(series, 60);
    expect(rows.length).toBeLessThanOrEqual(63);
    for (const point of [series.points[0], series.last, series.lowest, series.highest]) expect(rows).toContain(point);
  });

  it("is said in one sentence", () => {
    const text = summary(toSeries([row(0, 0), row(1, -3), row(2, 5)]), "the last 7 days");
    expect(text).toBe(
      "Time-weighted return, the last 7 days: +5.00 % at 2026-01-05 03:00. Lowest −3.00 % on 2026-01-05, highest +5.00 % on 2026-01-05.",
    );
  });
});
