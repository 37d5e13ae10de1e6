import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nextTick } from "vue";

import { pageZone } from "@/lib/time";
import { useConnection } from "@/stores/connection";
import { usePerformance } from "@/stores/performance";

import { pnl, twr, windows } from "./answers";
import { FakeServer } from "./fake-server";

let server: FakeServer;

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-03-01T12:00:00Z"), toFake: ["Date"] });
  setActivePinia(createPinia());
  server = new FakeServer();
});

afterEach(() => {
  vi.useRealTimers();
  pageZone.value = "local";
});

describe("performance", () => {
  function serve(): void {
    server.on("GET /api/performance/windows", () => ({ body: windows([1, 7, 30, 90, 0]) }));
    server.on("GET /api/performance/range", () => ({ body: { days: 0, twr: twr(0), pnl: pnl(0) } }));
  }

  it("asks for today since the midnight of the page's zone, and anew at the next one and in another zone", async () => {
    server.on("GET /api/performance/windows", () => ({ body: { ...windows([1, 7, 30, 90, 0]), since: { days: 1, twr: twr(1), pnl: pnl(1, { pnl_usd: 12 }) } } }));
    const performance = usePerformance();
    await performance.load();
    expect(performance.today).toMatchObject({ fromMs: Date.parse("2026-02-28T23:00:00Z"), window: { pnl: { pnl_usd: 12 } } });
    vi.setSystemTime(Date.parse("2026-03-01T23:00:01Z"));
    useConnection().tick();
    await vi.waitFor(() => { expect(performance.today?.fromMs).toBe(Date.parse("2026-03-01T23:00:00Z")); });
    pageZone.value = "utc";
    await nextTick();
    await vi.waitFor(() => { expect(performance.today?.fromMs).toBe(Date.parse("2026-03-01T00:00:00Z")); });
    expect(server.paths().map((path) => /since=([^&]+)/.exec(path)?.[1])).toEqual(["2026-02-28T23%3A00%3A00.000Z", "2026-03-01T23%3A00%3A00.000Z", "2026-03-01T00%3A00%3A00.000Z"]);
  });

  it("reads every window of the cards and the totals in one request", async () => {
    serve();
    const performance = usePerformance();
    await performance.load();
    expect(server.paths()).toEqual(["GET /api/performance/windows?days=1%2C7%2C30%2C90%2C0&since=2026-02-28T23%3A00%3A00.000Z"]);
    expect(performance.stats?.total_snapshots).toBe(2161);
    expect([...performance.windows.keys()].sort((a, b) => a - b)).toEqual([0, 1, 7, 30, 90]);
    expect(performance.windows.get(30)?.twr.period_days).toBe(30);
  });

  it("keeps old figures beside a problem", async () => {
    serve();
    const performance = usePerformance();
    await performance.load();
    server.on("GET /api/performance/windows", () => ({ status: 503, body: { title: "Busy", detail: "The database is busy." } }));
    await performance.load();
    expect(performance.problem?.detail).toBe("The database is busy.");
    expect(performance.windows.get(7)?.twr.twr).toBe(0.1);
  });
});

describe("a period of the reader's own", () => {
  const JANUARY = { start: "2026-01-01T00:00:00.000Z", end: "2026-01-31T00:00:00.000Z" };
  const MAY = { start: "2026-05-01T00:00:00.000Z", end: "2026-05-31T00:00:00.000Z" };

  function serveRange(answer: () => unknown = () => ({ days: 0, twr: twr(0, { twr_percent: 5 }), pnl: pnl(0) })): void {
    server.on("GET /api/performance/range", () => ({ body: answer() }));
    server.on("GET /api/performance/windows", () => ({ body: windows([0]) }));
  }

  it("is read when it is chosen, and again with everything else", async () => {
    serveRange();
    const performance = usePerformance();
    await performance.chooseSpan(JANUARY);
    expect(server.seen).toHaveLength(0);
    await performance.load();
    expect(performance.spanWindow?.twr.twr_percent).toBe(5);
    expect(server.paths()).toContain("GET /api/performance/range?start_date=2026-01-01T00%3A00%3A00.000Z&end_date=2026-01-31T00%3A00%3A00.000Z");
    await performance.chooseSpan(null);
    expect(performance.spanWindow).toBeNull();
  });

  it("never shows the figures of another period under its name", async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((open) => { release = open; });
    serveRange();
    const performance = usePerformance();
    await performance.load();
    server.on("GET /api/performance/range", async () => { await gate; return { body: { days: 0, twr: twr(0, { twr_percent: 1 }), pnl: pnl(0) } }; });
    const first = performance.chooseSpan(JANUARY);
    serveRange(() => ({ days: 0, twr: twr(0, { twr_percent: 2 }), pnl: pnl(0) }));
    const second = performance.chooseSpan(MAY);
    expect(performance.spanWindow).toBeNull();
    release();
    await Promise.all([first, second]);
    expect(performance.spanWindow?.twr.twr_percent).toBe(2);
  });

  it("says what went wrong instead of an old figure", async () => {
    serveRange();
    const performance = usePerformance();
    await performance.chooseSpan(JANUARY);
    await performance.load();
    server.on("GET /api/performance/range", () => ({ status: 422, body: { title: "No", detail: "No snapshot lies in it." } }));
    await performance.chooseSpan(MAY);
    expect(performance.spanProblem?.detail).toBe("No snapshot lies in it.");
    expect(performance.spanWindow).toBeNull();
  });
});
