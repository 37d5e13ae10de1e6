// @vitest-environment happy-dom
import { flushPromises, mount } from "@vue/test-utils";
import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it } from "vitest";

import type { SubPeriod } from "@/api/types";
import ProfitWorking from "@/components/working/ProfitWorking.vue";
import ReturnWorking from "@/components/working/ReturnWorking.vue";
import { flowsWithin, profitCsv } from "@/lib/working";
import { pageZone } from "@/lib/time";
import { workingPages } from "@/lib/working-pages";
import { useCashFlows } from "@/stores/cashflows";
import { usePreferences } from "@/stores/preferences";

import { flow, pnl } from "./answers";
import { FakeServer, type Seen } from "./fake-server";

const PERIOD: SubPeriod = {
  start: "2026-01-01T00:00:00Z", end: "2026-01-02T00:00:00Z", start_value: 100, flow: 50, end_value: 165, factor: 1.1, method: "exact", flags: [],
};
const PNL = pnl(30, {
  initial_value: 1000, current_value: 1700, total_deposits: 600, total_withdrawals: 100, net_cash_flow: 500, pnl_usd: 200, pnl_percent: 16, invested_capital: 1250,
  period_start: "2025-12-06T10:00:00Z", period_end: "2026-01-05T10:00:00Z",
});
let server: FakeServer;

beforeEach(() => {
  localStorage.clear();
  setActivePinia(createPinia());
  server = new FakeServer();
});

/** 450 sub-periods in pages as they are asked for. */
function serve(path: string): void {
  server.on(`GET ${path}`, (seen: Seen) => {
    const query = new URLSearchParams(seen.path.split("?")[1]);
    const from = Number(query.get("cursor") ?? 0);
    const size = Math.min(Number(query.get("limit")), 450 - from);
    const next = from + size < 450 ? String(from + size) : null;
    return { body: { period_days: 0, twr: 0.1, periods: Array.from({ length: size }, () => PERIOD), count: size, total_periods: 450, next_cursor: next, reason: null } };
  });
}

describe("the working of a return", () => {
  it("comes in pages, never twice, and whole for a copy", async () => {
    serve("/api/performance/twr/0/explain");
    const pages = workingPages({ days: 0 });
    await pages.more();
    expect(pages.periods.value).toHaveLength(200);
    await Promise.all([pages.more(), pages.more()]);
    expect(pages.periods.value).toHaveLength(400);
    expect(await pages.rest()).toBe(true);
    expect(pages.periods.value).toHaveLength(450);
    await pages.more();
    expect(pages.periods.value).toHaveLength(450);
  });

  it("says that it is not whole, and when it cannot be", async () => {
    serve("/api/performance/twr/0/explain");
    const wrapper = mount(ReturnWorking, { props: { span: { days: 0 } } });
    await flushPromises();
    expect(wrapper.text()).toContain("The first 200 of 450 sub-periods.");
    expect(wrapper.text()).not.toContain("Product of");
    server.reachable = false;
    const pages = workingPages({ days: 0 });
    expect(await pages.rest()).toBe(false);
    expect(pages.problem.value?.status).toBe(0);
  });

  it("speaks in the zone of the page, as the card does that opened it", async () => {
    serve("/api/performance/twr/30/explain");
    const wrapper = mount(ReturnWorking, { props: { span: { days: 30 } } });
    await flushPromises();
    expect(wrapper.get("tbody td").text()).toBe("2026-01-01 01:00");
    expect(wrapper.get("tbody td").attributes("title")).toBe("2026-01-01 00:00 UTC");
    expect(wrapper.text()).toContain("Times are local.");
    pageZone.value = "utc";
    await wrapper.vm.$nextTick();
    expect(wrapper.get("tbody td").text()).toBe("2026-01-01 00:00");
    expect(wrapper.text()).toContain("Times are UTC.");
    pageZone.value = "local";
  });

  it("is asked for a period of the reader's own too", async () => {
    serve("/api/performance/range/explain");
    const wrapper = mount(ReturnWorking, { props: { span: { start: "2026-01-01T00:00:00Z", end: "2026-02-01T00:00:00Z" } } });
    await flushPromises();
    expect(server.seen[0]?.path).toMatch(/start_date=2026-01-01.*end_date=2026-02-01/);
    expect(wrapper.text()).toContain("450");
  });
});

describe("the working of a profit", () => {
  it("speaks in the zone of the page, and names it", async () => {
    server.on("GET /api/performance/pnl/30", () => ({ body: PNL }));
    const wrapper = mount(ProfitWorking, { props: { span: { days: 30 } } });
    await flushPromises();
    expect(wrapper.text()).toContain("2026-01-05 11:00 UTC+01:00");
  });

  it("is end less start less net flows, with every number", async () => {
    server.on("GET /api/performance/pnl/30", () => ({ body: PNL }));
    useCashFlows().answer = { cashflows: [flow({ amount_usd: 600, timestamp: "2025-12-20T00:00:00Z" }), flow({ id: 2, amount_usd: -100, type: "WITHDRAW", timestamp: "2025-12-21T00:00:00Z" })], count: 2, total_deposits: 0, total_withdrawals: 0 };
    const wrapper = mount(ProfitWorking, { props: { span: { days: 30 } } });
    await flushPromises();
    const text = wrapper.text().replace(/\s+/g, " ");
    for (const part of ["$1,700.00", "$1,000.00", "$600.00", "$100.00", "+$200.00", "+16.00 % of the average capital at work, which is $1,250.00", "the 2 cash flows of this time"]) expect(text).toContain(part);
    usePreferences().hideAmounts = true;
    await wrapper.vm.$nextTick();
    expect(wrapper.text()).not.toMatch(/\$|copy/);
  });

  it("lists flows only where they are the ones that were counted", () => {
    const inside = flow({ amount_usd: 500, timestamp: "2025-12-20T00:00:00Z" });
    expect(flowsWithin([inside], PNL)).toEqual([inside]);
    expect(flowsWithin([flow({ amount_usd: 499, timestamp: "2025-12-20T00:00:00Z" })], PNL)).toBeNull();
    const atStart = flow({ amount_usd: 9, timestamp: "2025-12-06T10:00:00Z" });
    expect(flowsWithin([inside, atStart], PNL)).toEqual([inside]);
  });

  it("goes into a spreadsheet", () => {
    expect(profitCsv(PNL).split("\r\n")[1]).toBe("2025-12-06T10:00:00Z,2026-01-05T10:00:00Z,1000,1700,600,100,200,16");
  });
});
