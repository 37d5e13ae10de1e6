import { describe, expect, it } from "vitest";

import { firstReturnAtMs, wholeFromMs } from "@/lib/readiness";

import { stats } from "./answers";

const FIRST = "2026-01-05T10:00:00Z";
const NOW = Date.parse("2026-01-05T10:20:00Z");

describe("when there will be enough history", () => {
  it("the first return comes with the second snapshot", () => {
    const one = { ...stats(), total_snapshots: 1, first_snapshot_date: FIRST };
    expect(firstReturnAtMs(one, 3600)).toBe(Date.parse("2026-01-05T11:00:00Z"));
    expect(firstReturnAtMs(one, null)).toBeNull();
    expect(firstReturnAtMs({ ...one, total_snapshots: 0, first_snapshot_date: null }, 3600)).toBeNull();
    expect(firstReturnAtMs({ ...one, total_snapshots: 2 }, 3600)).toBeNull();
    expect(firstReturnAtMs(null, 3600)).toBeNull();
  });

  it("a window is whole once the first snapshot is as old as it is long", () => {
    const some = { ...stats(), total_snapshots: 9, first_snapshot_date: FIRST };
    expect(wholeFromMs(7, some, NOW)).toBe(Date.parse("2026-01-12T10:00:00Z"));
    expect(wholeFromMs(7, some, Date.parse("2026-02-01T00:00:00Z"))).toBeNull();
    expect(wholeFromMs(0, some, NOW)).toBeNull();
    expect(wholeFromMs(7, { ...some, first_snapshot_date: null }, NOW)).toBeNull();
  });
});
