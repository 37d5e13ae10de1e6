import { afterEach, describe, expect, it } from "vitest";

import { spanName, spanOf } from "@/lib/span";
import { formatBoth, formatLocal, fromLocalInput, pageZone, toLocalInput, zoneOffset } from "@/lib/time";

const NOW = Date.parse("2026-06-15T12:00:00Z");

afterEach(() => {
  pageZone.value = "local";
});

describe("a period from the address", () => {
  it("takes whole days of the reader: from the first midnight to the end of the last", () => {
    expect(spanOf("2026-01-01", "2026-01-31", NOW)).toEqual({ start: "2025-12-31T23:00:00.000Z", end: "2026-01-31T23:00:00.000Z" });
    pageZone.value = "utc";
    expect(spanOf("2026-01-01", "2026-01-31", NOW)).toEqual({ start: "2026-01-01T00:00:00.000Z", end: "2026-02-01T00:00:00.000Z" });
  });

  it("knows that a day may have 23 hours", () => {
    expect(spanOf("2026-03-29", "2026-03-29", NOW)).toEqual({ start: "2026-03-28T23:00:00.000Z", end: "2026-03-29T22:00:00.000Z" });
  });

  it("takes instants as they are, and ends no later than now", () => {
    expect(spanOf("2026-01-01T10:00:00Z", "2026-01-02T10:00:00+01:00", NOW)).toEqual({ start: "2026-01-01T10:00:00.000Z", end: "2026-01-02T09:00:00.000Z" });
    expect(spanOf("2026-06-01", "2026-06-15", NOW)?.end).toBe("2026-06-15T12:00:00.000Z");
  });

  it.each([
    ["nothing", undefined, undefined], ["half", "2026-01-01", undefined], ["backwards", "2026-02-01", "2026-01-01"],
    ["nonsense", "yesterday", "2026-01-01"], ["no such day", "2026-02-30", "2026-03-30"], ["two of a kind", ["2026-01-01"], "2026-01-02"],
    ["a time to come", "2027-01-01", "2027-02-01"], ["an instant without its zone", "2026-01-01T10:00:00", "2026-01-02"],
  ])("refuses %s", (_, from, to) => {
    expect(spanOf(from, to, NOW)).toBeNull();
  });

  it("is called by its days, or by its clock times where it must", () => {
    const days = spanOf("2026-01-01", "2026-01-31", NOW);
    const clock = spanOf("2026-01-01T10:00:00Z", "2026-01-02T10:00:00Z", NOW);
    expect(days && spanName(days, NOW)).toBe("2026-01-01 → 2026-01-31");
    expect(clock && spanName(clock, NOW)).toBe("2026-01-01 11:00 → 2026-01-02 11:00");
  });
});

it("the page speaks in UTC when the reader prefers it", () => {
  pageZone.value = "utc";
  expect(formatLocal(NOW)).toBe("2026-06-15 12:00");
  expect(zoneOffset(NOW)).toBe("UTC");
  expect(formatBoth(NOW)).toBe("2026-06-15 12:00 UTC");
  expect(fromLocalInput(toLocalInput(NOW))).toBe(NOW);
});
