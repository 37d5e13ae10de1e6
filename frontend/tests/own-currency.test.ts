// @vitest-environment happy-dom
import { flushPromises, mount } from "@vue/test-utils";
import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it } from "vitest";
import { nextTick } from "vue";

import { readProfitOf, readWorkingOf } from "@/api/flows";
import type { SubPeriod } from "@/api/types";
import { isBaseUnrated, lineUnit, toColumns } from "@/charts/columns";
import { inUnit } from "@/charts/currency";
import { toMarks } from "@/charts/flow-marks";
import CashFlowRow from "@/components/CashFlowRow.vue";
import MetricCard from "@/components/MetricCard.vue";
import ReturnWorking from "@/components/working/ReturnWorking.vue";
import { flowAmount, profitOf, toldIn } from "@/lib/own-currency";
import { sinceSnapshot } from "@/lib/since-snapshot";
import { flowsWithin, profitCsv, toCsv } from "@/lib/working";
import { useChart } from "@/stores/chart";
import { usePerformance } from "@/stores/performance";
import { usePreferences } from "@/stores/preferences";

import { flow, pnl, READ_AT, twr, windows } from "./answers";
import { HOUR, seriesAnswer, START } from "./chart-answers";
import { FakeServer } from "./fake-server";

const inEuro = { currency: "EUR" } as const;
const RATED = flow({ amount_usd: 1100, rates: { EUR: 1.1, BTC: null } });
const SUB_PERIOD: SubPeriod = { start: READ_AT, end: READ_AT, start_value: 96, flow: 64, end_value: 200, factor: 1.25, method: "exact", flags: [] };
const WORKING = { period_days: 7, twr: 0.25, periods: [SUB_PERIOD], count: 1, total_periods: 1, next_cursor: null, reason: null };

let server: FakeServer;

beforeEach(() => {
  localStorage.clear();
  setActivePinia(createPinia());
  server = new FakeServer();
});

describe("figures in another currency", () => {
  it("know their own currency: a figure in USD never stands for one in EUR", () => {
    expect(profitOf(pnl(7))).toEqual({ amount: 100, unit: "USD" });
    expect(profitOf(pnl(7, { ...inEuro, pnl: 90 }))).toEqual({ amount: 90, unit: "EUR" });
    expect(profitOf(pnl(7, { ...inEuro, pnl: null }))).toEqual({ amount: null, unit: "EUR" });
    expect(profitOf(null)).toEqual({ amount: null, unit: "USD" });
  });

  it("take a cash flow at the rate of its minute, or in dollars with their sign", () => {
    expect(flowAmount(RATED, 1100, "EUR")).toBeCloseTo(1000, 10);
    expect(flowAmount(RATED, 1100, "BTC")).toBeNull();
    expect(toldIn(RATED, 1100, "BTC")).toEqual({ amount: 1100, unit: "USD" });
    expect(toldIn(RATED, null, "BTC")).toEqual({ amount: null, unit: "BTC" });
    expect(toMarks([RATED], "EUR")[0]).toMatchObject({ unit: "EUR", deposit: true });
    usePreferences().currency = "EUR";
    expect(mount(CashFlowRow, { props: { flow: RATED } }).text()).toContain("+€1,000.00");
    expect(mount(CashFlowRow, { props: { flow: flow() } }).text()).toContain("+$1,000.00");
  });

  it("stand on the card with their sign, and say why there is none", () => {
    const known = mount(MetricCard, { props: { days: 7, answer: { twr: twr(7, inEuro), pnl: pnl(7, { ...inEuro, pnl: -90 }) } } });
    expect(known.text()).toContain("−€90.00");
    expect(known.text()).not.toContain("$");
    const unrated = pnl(7, { ...inEuro, pnl: null, pnl_percent: null, reason: "rate_unknown" });
    const lost = mount(MetricCard, { props: { days: 7, answer: { twr: twr(7, { ...inEuro, twr: null, twr_percent: null, reason: "rate_unknown" }), pnl: unrated } } });
    expect(lost.get('[data-testid="twr"]').text()).toBe("not known");
    expect(lost.text()).toContain("Needs a rate of that time which is not known");
    expect(lost.text()).not.toContain("$");
    const half = mount(MetricCard, { props: { days: 7, answer: { twr: twr(7, inEuro), pnl: unrated } } });
    expect(half.text()).toContain("Needs a rate of that time which is not known");
  });

  it("since the newest snapshot count in its currency", () => {
    const lifetime = pnl(0, { ...inEuro, current_value: 900 });
    const later = flow({ amount_usd: 110, timestamp: "2026-01-05T10:30:00Z", rates: { EUR: 1.1, BTC: null } });
    const list = (rows: (typeof later)[]) => ({ cashflows: rows, count: rows.length, total_deposits: 0, total_withdrawals: 0 });
    expect(sinceSnapshot(1010, lifetime, list([later]))).toBeCloseTo(10, 10);
    expect(sinceSnapshot(1010, lifetime, list([{ ...later, rates: { EUR: null, BTC: null } }]))).toBeNull();
  });
});

describe("the chart in another currency", () => {
  const answer = seriesAnswer({ instants_ms: [START, START + HOUR], twr_percent: [0, 5], ...inEuro, pnl: [0, null], pnl_usd: [0, 7], eur_usd: [1.1, 1.1], value_usd: [1100, 1210] });

  it("draws the profit of that currency, and the value at its rates", () => {
    const columns = inUnit(toColumns(answer), "EUR");
    expect([...columns.pnl]).toEqual([0, Number.NaN]);
    expect(columns.value[1]).toBeCloseTo(1100, 10);
    expect([lineUnit(columns, "pnl"), lineUnit(columns, "twr"), lineUnit(columns, "value")]).toEqual(["EUR", "EUR", "EUR"]);
    expect(lineUnit(null, "pnl")).toBe("USD");
    expect(lineUnit(toColumns(answer), "value")).toBe("USD");
    expect(isBaseUnrated(columns)).toBe(false);
    expect(isBaseUnrated(toColumns({ ...answer, eur_usd: [null, 1.1] }))).toBe(true);
    expect(isBaseUnrated(toColumns({ ...answer, currency: "USD", eur_usd: [null, 1.1] }))).toBe(false);
  });
});

describe("the questions", () => {
  it("name the currency, and look as ever in USD", async () => {
    server.on("GET /api/performance/windows", ({ path }) => ({ body: windows([7], path.includes("EUR") ? "EUR" : undefined) }));
    server.on("GET /api/performance/series", () => ({ body: seriesAnswer() }));
    const performance = usePerformance();
    await performance.load();
    await useChart().load();
    usePreferences().currency = "EUR";
    await nextTick();
    await flushPromises();
    const asked = server.paths().map((path) => path.replace(/&since=[^&]+/, "&since=…"));
    expect(asked).toEqual([
      "GET /api/performance/windows?days=1%2C7%2C30%2C90%2C0&since=…",
      "GET /api/performance/series?days=90&max_points=2000",
      "GET /api/performance/windows?days=1%2C7%2C30%2C90%2C0&since=…&currency=EUR",
      "GET /api/performance/series?days=90&max_points=2000&currency=EUR",
    ]);
    expect(performance.windows.get(7)?.pnl.currency).toBe("EUR");
  });

  it("leave no return of another currency behind when they fail", async () => {
    server.on("GET /api/performance/windows", ({ path }) => (path.includes("EUR") ? { status: 503, body: { title: "Busy" } } : { body: windows([7]) }));
    const performance = usePerformance();
    await performance.load();
    usePreferences().currency = "EUR";
    await nextTick();
    await flushPromises();
    expect(performance.windows.size).toBe(0);
    expect(performance.problem).not.toBeNull();
  });

  it("are asked for the working too", async () => {
    server.on("GET /api/performance/twr/7/explain", () => ({ body: WORKING }));
    server.on("GET /api/performance/pnl/7", () => ({ body: pnl(7) }));
    await readWorkingOf({ days: 7 }, 10, undefined, "BTC");
    await readProfitOf({ days: 7 }, "BTC");
    expect(server.paths()).toEqual(["GET /api/performance/twr/7/explain?limit=10&currency=BTC", "GET /api/performance/pnl/7?currency=BTC"]);
  });
});

describe("the working in another currency", () => {
  async function shown(answered: object): Promise<string> {
    server.on("GET /api/performance/twr/7/explain", () => ({ body: { ...WORKING, ...answered } }));
    usePreferences().currency = "EUR";
    const page = mount(ReturnWorking, { props: { span: { days: 7 } } });
    await flushPromises();
    return page.text();
  }

  it("shows every value at the rate of its instant", async () => {
    const text = await shown(inEuro);
    for (const amount of ["€96.00", "+€64.00", "€200.00"]) expect(text).toContain(amount);
    expect(text).not.toContain("In USD");
  });

  it("says that it is in USD where a rate is missing", async () => {
    const text = await shown({ currency: "USD" });
    expect(text).toContain("In USD: what 1 EUR cost at one of these instants is not known");
    expect(text).toContain("$96.00");
  });

  it("is copied with its currency", () => {
    expect(toCsv([SUB_PERIOD], "EUR").split("\r\n")[0]).toMatch(/,flags,currency$/);
    expect(toCsv([SUB_PERIOD], "EUR").split("\r\n")[1]).toMatch(/,EUR$/);
    expect(toCsv([SUB_PERIOD])).not.toContain("currency");
    expect(profitCsv(pnl(7, { ...inEuro, pnl: 90 }))).toMatch(/pnl,currency\r\n.*,90,EUR/);
    expect(profitCsv(pnl(7))).not.toContain("currency");
  });

  it("lists flows only if they add up at their rates", () => {
    const inside = { period_start: "2026-01-01T00:00:00Z", period_end: "2026-01-31T00:00:00Z", ...inEuro };
    expect(flowsWithin([RATED], pnl(7, { ...inside, net_cash_flow: 1000 }))).toHaveLength(1);
    expect(flowsWithin([RATED], pnl(7, { ...inside, net_cash_flow: 1100 }))).toBeNull();
    expect(flowsWithin([flow()], pnl(7, { ...inside, net_cash_flow: null }))).toBeNull();
  });
});
