import { describe, expect, it } from "vitest";

import { LIFT } from "@/charts/decimate";
import { reachOf, splitAtLive, toSpots } from "@/charts/spots";

import { columnsOf, HOUR, START } from "./chart-answers";

const iso = (hours: number): string => new Date(START + hours * HOUR).toISOString();

describe("spots", () => {
  const columns = columnsOf([1, 2, 3, 4, 5]);
  const at = (index: number): number => columns.twr[index] ?? Number.NaN;

  it("lift the line at gaps, and show a snapshot that stands alone", () => {
    const spots = toSpots([0, 1, LIFT, 2, LIFT, 3, 4], columns.times, at, 60);
    expect(spots.map((spot) => spot.y)).toEqual([1, 2, Number.NaN, 3, 3, Number.NaN, 4, 5]);
    expect(spots[4]?.x).toBe(START + 2 * HOUR + 60);
    for (let place = 1; place < spots.length; place += 1) expect(spots[place]?.x).toBeGreaterThanOrEqual(spots[place - 1]?.x ?? 0);
  });

  it("reach from the lowest to the highest of all lines", () => {
    const spots = toSpots([0, LIFT, 4], columns.times, at, 60);
    expect(reachOf(spots, [{ x: 0, y: -7 }])).toEqual({ low: -7, high: 5 });
    expect(reachOf([], [{ x: 0, y: Number.NaN }])).toBeNull();
  });
});

describe("rebuilt and live", () => {
  it("meet in the first live point", () => {
    expect(splitAtLive([0, 1, 2, 3], columnsOf([1, 2, 3, 4], { live_from: iso(2) }))).toEqual([[0, 1, 2], [2, 3]]);
  });

  it("are one when nothing was rebuilt, or everything", () => {
    expect(splitAtLive([0, 1], columnsOf([1, 2]))).toEqual([[], [0, 1]]);
    expect(splitAtLive([0, 1], columnsOf([1, 2], { live_from: iso(9) }))).toEqual([[0, 1], []]);
    expect(splitAtLive([1, 2], columnsOf([1, 2, 3], { live_from: iso(1) }))).toEqual([[], [1, 2]]);
  });

  it("may be parted by a gap", () => {
    expect(splitAtLive([0, LIFT, 2], columnsOf([1, 2, 3], { live_from: iso(2) }))).toEqual([[0, LIFT, 2], [2]]);
  });
});
