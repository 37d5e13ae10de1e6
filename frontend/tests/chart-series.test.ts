import { describe, expect, it } from "vitest";

import { extremesOf, firstAt, isThinned, lastKnown, nearestTo, toColumns } from "@/charts/columns";
import { drawnIndices, LIFT } from "@/charts/decimate";
import { pageCount, pageOf, PAGE_ROWS } from "@/charts/table";

import { columnsOf, HOUR, seriesAnswer, START } from "./chart-answers";

const MANY = 90_000;

function many(value: (place: number) => number | null, gaps: [number, number][] = []) {
  return columnsOf(Array.from({ length: MANY }, (_, place) => value(place)), { gaps });
}

const whole = (columns: { times: Float64Array }) => ({ from: columns.times[0] ?? 0, to: columns.times.at(-1) ?? 0 });

describe("columns", () => {
  it("keep what is not known as not known", () => {
    const columns = columnsOf([null, 0, 5], { pnl_usd: [null, 0, 7], value_usd: [0, 100, 107], live_from: "2026-01-05T01:00:00Z" });
    expect([...columns.twr]).toEqual([Number.NaN, 0, 5]);
    expect([...columns.pnl]).toEqual([Number.NaN, 0, 7]);
    expect(columns.liveFrom).toBe(START + HOUR);
    expect(lastKnown(columns.twr)).toBe(2);
    expect(extremesOf(columns.twr)).toEqual({ lowest: 1, highest: 2 });
    expect(extremesOf(columnsOf([null, null]).twr)).toBeNull();
  });

  it("measure drawdown from the highest point so far: +100 % to +50 % is a fall of 25 %", () => {
    const fallen = [...columnsOf([0, 100, 50, null, 100, 150, 0]).drawdown];
    expect(fallen.map((value) => (Number.isNaN(value) ? null : Number(value.toFixed(9))))).toEqual([0, 0, -25, null, 0, 0, -60]);
  });

  it("have no drawdown before there was money, and -100 % when all is lost", () => {
    expect([...columnsOf([null, 0, -100]).drawdown]).toEqual([Number.NaN, 0, -100]);
  });

  it("break the line at every gap the server names, also when thinned points stand further apart", () => {
    const instants_ms = [0, 5, 10, 80, 85, 90].map((hours) => START + hours * HOUR);
    const columns = toColumns(seriesAnswer({ instants_ms, gaps: [[START + 12 * HOUR, START + 70 * HOUR], [START + 86 * HOUR, START + 89 * HOUR]], total_points: 40 }));
    expect([...columns.breaks]).toEqual([0, 0, 0, 1, 0, 1]);
    expect(isThinned(columns)).toBe(true);
  });

  it("find the nearest point", () => {
    const { times } = toColumns(seriesAnswer({ instants_ms: [0, 1, 10].map((hours) => START + hours * HOUR) }));
    for (const [hour, index] of [[-5, 0], [0.4, 0], [0.6, 1], [5, 1], [6, 2], [99, 2]] as const) expect(nearestTo(times, START + hour * HOUR)).toBe(index);
    expect(nearestTo(new Float64Array(), START)).toBe(-1);
    expect([firstAt(times, START), firstAt(times, START + 1), firstAt(times, START + 99 * HOUR)]).toEqual([0, 1, 3]);
  });
});

describe("what is drawn", () => {
  it("is everything while there is room", () => {
    const columns = columnsOf([0, 1, 2]);
    expect(drawnIndices(columns, columns.twr, whole(columns), 100)).toEqual([0, 1, 2]);
  });

  it("keeps first, last and both extremes of 90,000 points, in order, at most four per pixel", () => {
    const columns = many((place) => (place === 44_444 ? 99 : place === 71_111 ? -99 : Math.sin(place / 50)));
    const drawn = drawnIndices(columns, columns.twr, whole(columns), 1000);
    for (const index of [0, 44_444, 71_111, MANY - 1]) expect(drawn).toContain(index);
    expect(drawn.length).toBeLessThanOrEqual(4 * 1001);
    expect(drawn).toEqual([...drawn].sort((a, b) => a - b));
    expect(new Set(drawn).size).toBe(drawn.length);
  });

  it("looks the same while it is panned: a pixel's points do not change", () => {
    const columns = many((place) => Math.sin(place * 12.9898) * 100);
    const view = { from: START + 10_000 * HOUR, to: START + 50_000 * HOUR };
    const moved = { from: view.from + 777 * HOUR, to: view.to + 777 * HOUR };
    const inner = (drawn: number[]): number[] => drawn.filter((index) => index > 12_000 && index < 48_000);
    expect(inner(drawnIndices(columns, columns.twr, moved, 1000))).toEqual(inner(drawnIndices(columns, columns.twr, view, 1000)));
  });

  it("reaches one point beyond each edge, so that the line leaves the picture", () => {
    const columns = columnsOf([0, 1, 2, 3, 4, 5]);
    expect(drawnIndices(columns, columns.twr, { from: START + 1.5 * HOUR, to: START + 3.5 * HOUR }, 100)).toEqual([1, 2, 3, 4]);
  });

  it("is lifted at gaps and at values that are not known, whether thinned or not", () => {
    const columns = columnsOf([0, 1, null, 3, 4, 5], { gaps: [[START + 4 * HOUR, START + 5 * HOUR]] });
    expect(drawnIndices(columns, columns.twr, whole(columns), 100)).toEqual([0, 1, LIFT, 3, 4, LIFT, 5]);
    const long = many((place) => place % 7, [[START + 30_000 * HOUR, START + 30_001 * HOUR], [START + 60_000 * HOUR, START + 60_001 * HOUR]]);
    // A gap of an hour among ten years is narrower than a pixel, unless a pixel happens to begin there.
    expect(drawnIndices(long, long.twr, whole(long), 1000).filter((index) => index === LIFT).length).toBeLessThanOrEqual(2);
  });

  it("shows wide gaps among many points", () => {
    const instants_ms = Array.from({ length: 10_000 }, (_, place) => START + (place < 5000 ? place : place + 800) * HOUR);
    const gap: [number, number] = [instants_ms[4999] ?? 0, instants_ms[5000] ?? 0];
    const columns = toColumns(seriesAnswer({ instants_ms, gaps: [gap] }));
    const drawn = drawnIndices(columns, columns.twr, whole(columns), 500);
    const lift = drawn.indexOf(LIFT);
    expect([drawn[lift - 1], drawn[lift + 1]]).toEqual([4999, 5000]);
  });

  it("stays small when nearly everything is a gap", () => {
    const gaps = Array.from({ length: MANY - 1 }, (_, place): [number, number] => [START + place * HOUR, START + (place + 1) * HOUR]);
    const columns = many((place) => place, gaps);
    expect(drawnIndices(columns, columns.twr, whole(columns), 1000).length).toBeLessThan(6 * 1000);
  });
});

describe("the table behind the chart", () => {
  it("pages every point, newest first, and says what is special about it", () => {
    const twr = Array.from({ length: 250 }, (_, place) => (place === 7 ? -9 : place === 8 ? 9 : 1));
    const columns = columnsOf(twr, { live_from: new Date(START + 8 * HOUR).toISOString(), gaps: [[START + 6 * HOUR, START + 7 * HOUR]] });
    expect(pageCount(columns)).toBe(3);
    const pages = [0, 1, 2].map((page) => pageOf(columns, page));
    expect(pages.map((rows) => rows.length)).toEqual([PAGE_ROWS, PAGE_ROWS, 50]);
    expect(pages.flat().map((row) => row.at)).toEqual([...columns.times].reverse());
    expect(pages[2]?.at(-8)).toMatchObject({ twr: -9, remarks: ["rebuilt", "afterGap", "lowest"] });
    expect(pages[2]?.at(-9)).toMatchObject({ twr: 9, drawdown: 0, remarks: ["highest"] });
  });

  it("of nothing is one empty page", () => {
    const nothing = columnsOf([]);
    expect(pageCount(nothing)).toBe(1);
    expect(pageOf(nothing, 0)).toEqual([]);
  });
});
