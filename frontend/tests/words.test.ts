import { describe, expect, it } from "vitest";

import type { CashFlow, CashFlowList, PnlWindow, SubPeriod, TwrWindow } from "@/api/types";
import { effectiveState, type StateInputs } from "@/lib/effective-state";
import { annualised, coverage, flowWords, warnings } from "@/lib/metric";
import { fieldOf, problemFrom } from "@/lib/problem";
import { flagText, reasonText } from "@/lib/reasons";
import { sinceSnapshot } from "@/lib/since-snapshot";
import { describeState, STATES, walletName } from "@/lib/states";
import { methodText, productOf, toCsv } from "@/lib/working";
import { rangeFromQuery, rangeToQuery } from "@/lib/windows";

import { flow as flowOf } from "./answers";

const TWR: TwrWindow = {
  period_days: 30, actual_days: 30, twr: 0.0712, twr_percent: 7.12, twr_annualized: 1.3094, twr_annualized_percent: 130.94,
  annualization: "extrapolated", start_date: "2025-12-06T10:00:00Z", end_date: "2026-01-05T10:00:00Z", start_value: 41000,
  end_value: 48211.07, is_partial: false, flow_count: 2, approximate_flows: 0, segments: 3, gap_days: 0, base_offset_seconds: 0,
  flags: [], reason: null,
};

describe("a window's words", () => {
  it("never calls an extrapolation achieved", () => {
    expect(annualised(TWR)).toBe("+130.94 % a year: extrapolated from 30 days, not achieved");
    expect(annualised({ ...TWR, annualization: "achieved", actual_days: 400 })).toBe("+130.94 % a year, achieved over 400 days");
    expect(annualised({ ...TWR, annualization: "none", twr_annualized_percent: null })).toBe("");
  });

  it("says when a window is not wholly covered", () => {
    expect(coverage(TWR)).toBe("covers 30 days");
    expect(coverage({ ...TWR, is_partial: true, actual_days: 6.94 })).toBe("only 6.9 days of 30 covered");
    expect(coverage({ ...TWR, start_date: null })).toBe("");
  });

  it("counts flows and names what weakens the figure", () => {
    expect(flowWords({ ...TWR, flow_count: 1 })).toBe("1 cash flow");
    expect(flowWords({ ...TWR, approximate_flows: 1 })).toBe("2 cash flows, 1 approximate");
    expect(warnings({ ...TWR, gap_days: 2, flags: ["long_interval", "no_base"] })).toEqual([
      "2 days without funds left out", "a flow lies in a long stretch without snapshots, so its effect is estimated",
    ]);
  });

  it("says what to do about a withdrawal that cannot be", () => {
    expect(warnings({ ...TWR, flags: ["implausible_flow"] })).toEqual([expect.stringContaining("check its amount under cash flows")]);
  });

  it("gives a reason in words for every unknown", () => {
    expect(reasonText("insufficient_data")).toContain("two complete snapshots");
    expect(reasonText("some_new_code")).toBe("Some new code");
    expect(reasonText("A sentence from the server.")).toBe("A sentence from the server.");
    expect(reasonText(null)).toBe("The server gives no reason.");
    expect(flagText("brand_new")).toBe("brand new");
  });
});

describe("states", () => {
  it("has words and, when something is wrong, advice for each", () => {
    for (const state of STATES) {
      const words = describeState(state);
      expect(words.meaning.length).toBeGreaterThan(10);
      if (words.tone !== "ok") expect(words.advice).not.toBe("");
    }
    expect(describeState("from the future").label).toBe("UNKNOWN STATE");
    expect(walletName("earn_flexible")).toBe("Earn, flexible");
    expect(walletName("cross_margin")).toBe("cross margin");
  });

  const LIVE: StateInputs = { reported: "live", isKnown: true, ageSeconds: 12, intervalSeconds: 30, link: "open", unreachable: false, lostForSeconds: 0 };
  it.each<[string, Partial<StateInputs>, string]>([
    ["live stays live", {}, "live"],
    ["live that has grown old is stale", { ageSeconds: 91 }, "stale"],
    ["live without any reading is connecting", { isKnown: false, ageSeconds: null }, "connecting"],
    ["nothing heard yet", { reported: null }, "connecting"],
    ["the server's word stands", { reported: "banned", ageSeconds: 900 }, "banned"],
    ["a short break is not yet offline", { link: "lost", unreachable: true, lostForSeconds: 2 }, "live"],
    ["a long one without any answer is", { link: "lost", unreachable: true, lostForSeconds: 6 }, "offline"],
    ["also while it tries again", { link: "connecting", unreachable: true, lostForSeconds: 60 }, "offline"],
    ["an open stream proves nothing once its newer reading could not be fetched", { unreachable: true, ageSeconds: 50 }, "offline"],
    ["one question that failed meanwhile changes nothing", { unreachable: true, ageSeconds: 20 }, "live"],
    ["a stream that alone is refused is not", { link: "lost", lostForSeconds: 60 }, "live"],
  ])("%s", (_, change, state) => {
    expect(effectiveState({ ...LIVE, ...change })).toBe(state);
  });
});

describe("since the last snapshot", () => {
  const pnl = { current_value: 1000, period_end: "2026-01-05T10:00:00Z" } as PnlWindow;
  const flow = (timestamp: string, amount_usd: number | null): CashFlow => flowOf({ timestamp, amount_usd });
  const flows: CashFlowList = {
    cashflows: [flow("2026-01-05T10:00:00Z", 500), flow("2026-01-05T10:20:00Z", 200)], count: 2, total_deposits: 700, total_withdrawals: 0,
  };

  it("leaves out money paid in after the snapshot", () => {
    expect(sinceSnapshot(1250, pnl, flows)).toBe(50);
  });

  it("leaves alone what the snapshot contains already, and what does not count", () => {
    const inside = { ...flow("2026-01-05T10:00:40Z", 70), counted_at: "2026-01-05T10:00:00Z" };
    const income = flowOf({ timestamp: "2026-01-05T10:30:00Z", amount_usd: 30, flow_class: "income" });
    const linked = flowOf({ timestamp: "2026-01-05T10:30:00Z", amount_usd: 30, linked_id: 9 });
    expect(sinceSnapshot(1250, pnl, { ...flows, cashflows: [...flows.cashflows, inside, income, linked] })).toBe(50);
  });

  it("is unknown when a flow has no price yet", () => {
    const unpriced = flow("2026-01-05T10:30:00Z", null);
    expect(sinceSnapshot(1250, pnl, { ...flows, cashflows: [unpriced] })).toBeNull();
  });

  it("is unknown when a part is", () => {
    expect(sinceSnapshot(null, pnl, flows)).toBeNull();
    expect(sinceSnapshot(1250, null, flows)).toBeNull();
    expect(sinceSnapshot(1250, pnl, null)).toBeNull();
    expect(sinceSnapshot(1250, { ...pnl, current_value: null }, flows)).toBeNull();
  });
});

describe("problems", () => {
  it("puts an error at its field", () => {
    expect(fieldOf("/amount_usd")).toBe("amount_usd");
    expect(fieldOf("/body/timestamp")).toBe("timestamp");
    expect(fieldOf("")).toBe("");
    const problem = problemFrom({
      response: { status: 422, data: { title: "No", detail: "A field is wrong.", errors: [{ pointer: "/note", code: "x", detail: "Too long." }] } },
    });
    expect(problem).toEqual({ status: 422, title: "No", detail: "A field is wrong.", fields: [{ field: "note", detail: "Too long." }] });
  });

  it("says when nobody answered, and survives a body that is not ours", () => {
    expect(problemFrom(new Error("boom")).status).toBe(0);
    expect(problemFrom({ response: { status: 502, data: "<html>" } }).detail).toBe("The server answered with status 502.");
  });
});

describe("the range in the address", () => {
  it.each<[unknown, number]>([["30", 30], ["total", 0], ["0", 90], ["12", 90], [undefined, 90], ["1e9", 90], [["7"], 90]])("%s", (text, days) => {
    expect(rangeFromQuery(text)).toBe(days);
  });
  it("goes there and back", () => {
    for (const days of [7, 30, 90, 365, 0]) expect(rangeFromQuery(rangeToQuery(days))).toBe(days);
  });
});

describe("the working", () => {
  const period = (factor: number): SubPeriod => ({
    start: "2026-01-01T00:00:00Z", end: "2026-01-02T00:00:00Z", start_value: 100, flow: 50, end_value: 165, factor, method: "exact", flags: ["a", "b"],
  });

  it("multiplies to the whole and goes into a spreadsheet", () => {
    expect(productOf([period(1.1), period(0.5)])).toBeCloseTo(0.55, 12);
    expect(productOf([])).toBe(1);
    expect(toCsv([period(1.1)])).toBe(
      "start,end,start_value,flow,end_value,factor,method,flags\r\n2026-01-01T00:00:00Z,2026-01-02T00:00:00Z,100,50,165,1.1,exact,a b\r\n",
    );
    expect(methodText("modified_dietz")).toBe("Modified Dietz");
    expect(methodText("brand_new")).toBe("brand new");
  });
});
