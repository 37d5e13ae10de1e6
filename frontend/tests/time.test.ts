import { describe, expect, it } from "vitest";

import { formatAge, formatLocal, formatMoment, formatUtc, fromLocalInput, parseInstant, toLocalInput, zoneOffset } from "@/lib/time";

const WINTER = Date.parse("2026-01-05T10:00:30Z");
const SUMMER = Date.parse("2026-07-05T10:00:30Z");

describe("instants", () => {
  it("shows both the viewer's time and UTC", () => {
    expect(formatUtc(WINTER)).toBe("2026-01-05 10:00 UTC");
    expect(formatLocal(WINTER)).toBe("2026-01-05 11:00");
    expect(formatLocal(SUMMER)).toBe("2026-07-05 12:00");
    expect(zoneOffset(WINTER)).toBe("UTC+01:00");
    expect(zoneOffset(SUMMER)).toBe("UTC+02:00");
    expect(formatUtc(null)).toBe("—");
  });

  it("reads nothing out of nonsense", () => {
    expect(parseInstant("yesterday")).toBeNull();
    expect(parseInstant(null)).toBeNull();
    expect(fromLocalInput("2026-01-05")).toBeNull();
    expect(fromLocalInput("2026-13-05T10:00")).toBeNull();
  });

  it("returns through an input field to the same minute", () => {
    for (const at of [WINTER, SUMMER]) expect(fromLocalInput(toLocalInput(at))).toBe(at - 30_000);
  });

  it("leaves out the date only for today", () => {
    expect(formatMoment(WINTER, WINTER + 60_000)).toBe("11:00");
    expect(formatMoment(WINTER, WINTER + 86_400_000)).toBe("2026-01-05 11:00");
  });
});

describe("ages", () => {
  it.each([
    [-3, "0 s"], [12.9, "12 s"], [185, "3 min 5 s"], [7_800, "2 h 10 min"], [356_400, "4 days 3 h"], [86_400, "1 day 0 h"],
  ])("%d seconds", (seconds, text) => {
    expect(formatAge(seconds)).toBe(text);
  });
});
