import { afterEach, describe, expect, it } from "vitest";

import type { CashFlow } from "@/api/types";
import { speak } from "@/i18n";
import { changesOf, draftOf, emptyDraft, parsePositive, readDraft, toNewFlow } from "@/lib/flow-form";

import { flow } from "./answers";

const FLOW = flow({ id: 7, timestamp: "2026-01-05T10:00:30Z", amount_usd: -2500, type: "WITHDRAW", note: "rent" });
const COIN_FLOW: CashFlow = { ...FLOW, amount_usd: 9214.44, type: "DEPOSIT", asset: "BTC", quantity: 0.1, note: null };

describe("parsePositive", () => {
  it.each<[string, number | null]>([
    ["1000", 1000], ["1,000.50", 1000.5], ["1 000.5", 1000.5], ["$20", 20], [".5", 0.5], ["0.00000001", 1e-8],
    ["0", null], ["-5", null], ["1e5", null], ["abc", null], ["", null], ["1,5", null], ["1.2.3", null],
    ["123456789012345", 123456789012345], ["1234567890.1234567", null],
  ])("%s", (text, value) => {
    expect(parsePositive(text)).toBe(value);
  });
});

describe("parsePositive where a comma is the decimal mark", () => {
  afterEach(() => speak("en"));

  it.each<[string, number | null]>([
    ["1 000,50", 1000.5], ["1\u202f000,5", 1000.5], ["1.000,5", 1000.5], ["0,05", 0.05], ["0.125", 0.125], ["12.5", 12.5],
    ["1.000", null], ["12.345", null], ["1,5,0", null], ["1000", 1000],
  ])("%s", async (text, value) => {
    await speak("fr");
    expect(parsePositive(text)).toBe(value);
  });

  it("reads back what a stored flow is shown as", async () => {
    await speak("fr");
    expect(draftOf(COIN_FLOW).quantity).toBe("0,1");
    const draft = draftOf({ ...COIN_FLOW, quantity: 12.345 });
    expect(readDraft(draft).flow?.quantity).toBe(12.345);
  });
});

describe("a draft", () => {
  it("becomes a flow, with a withdrawal negative", () => {
    expect(readDraft({ ...emptyDraft(), amount: "1000" }).flow).toEqual({ type: "DEPOSIT", amount_usd: 1000 });
    expect(readDraft({ ...emptyDraft(), type: "WITHDRAW", amount: "10" }).flow).toEqual({ type: "WITHDRAW", amount_usd: -10 });
  });

  it("takes local time and sends UTC", () => {
    const read = readDraft({ ...emptyDraft(), amount: "1", when: "2026-01-05T11:00", note: "  hi " });
    expect(read.flow).toEqual({ type: "DEPOSIT", amount_usd: 1, timestamp: "2026-01-05T10:00:00.000Z", note: "hi" });
  });

  it("takes coins", () => {
    const read = readDraft({ ...emptyDraft(), unit: "coin", asset: " btc ", quantity: "0.1" });
    expect(read.flow).toEqual({ type: "DEPOSIT", asset: "BTC", quantity: 0.1 });
  });

  it("names every wrong field at once", () => {
    const read = readDraft({ ...emptyDraft(), unit: "coin", quantity: "x", when: "soon" });
    expect(read.flow).toBeNull();
    expect(read.errors.map((error) => error.field)).toEqual(["asset", "quantity", "timestamp"]);
  });
});

describe("an edit", () => {
  it("sends only what changed, so the seconds of the time survive", () => {
    const before = draftOf(FLOW);
    const after = { ...before, note: "rent, May" };
    const read = readDraft(after);
    expect(read.flow && changesOf(before, after, read.flow)).toEqual({ note: "rent, May" });
  });

  it("removes a note with null and sends sign and type with an amount", () => {
    const before = draftOf(FLOW);
    const after = { ...before, amount: "2600", note: "" };
    const read = readDraft(after);
    expect(read.flow && changesOf(before, after, read.flow)).toEqual({ type: "WITHDRAW", amount_usd: -2600, note: null });
  });

  it("of nothing is empty", () => {
    const before = draftOf(COIN_FLOW);
    const read = readDraft(before);
    expect(before).toMatchObject({ unit: "coin", asset: "BTC", quantity: "0.1" });
    expect(read.flow && changesOf(before, before, read.flow)).toEqual({});
  });
});

it("undo enters a flow as it was", () => {
  expect(toNewFlow(FLOW)).toEqual({ type: "WITHDRAW", amount_usd: -2500, timestamp: FLOW.timestamp, note: "rent" });
  expect(toNewFlow(COIN_FLOW)).toEqual({ type: "DEPOSIT", asset: "BTC", quantity: 0.1, timestamp: FLOW.timestamp });
});

describe("a flow in the minute of a snapshot", () => {
  it("says so only when the snapshot does not contain it", () => {
    expect(readDraft({ ...emptyDraft(), amount: "5" }).flow).not.toHaveProperty("in_snapshot");
    const read = readDraft({ ...emptyDraft(), amount: "5", isContained: false });
    expect(read.flow?.in_snapshot).toBe(false);
    const before = draftOf(FLOW);
    const after = { ...before, isContained: false };
    const changed = readDraft(after);
    expect(changed.flow && changesOf(before, after, changed.flow)).toEqual({ in_snapshot: false });
  });
});
