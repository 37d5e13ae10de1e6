import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it } from "vitest";

import { useChart } from "@/stores/chart";

import { seriesAnswer, START } from "./chart-answers";
import { FakeServer, type Answer } from "./fake-server";

let server: FakeServer;
const SERIES = "GET /api/performance/series";

beforeEach(() => {
  setActivePinia(createPinia());
  server = new FakeServer();
  server.on(SERIES, () => ({ body: seriesAnswer({ total_points: 90_000 }) }));
});

describe("chart", () => {
  it("reads an overview of the chosen span, once per choice", async () => {
    const chart = useChart();
    await chart.choose({ days: 30 });
    expect(server.seen).toHaveLength(0);
    await chart.load();
    await chart.choose({ days: 30 });
    expect(server.paths()).toEqual([`${SERIES}?days=30&max_points=2000`]);
    expect(chart.columns?.times[0]).toBe(START);
    expect(chart.isCurrent).toBe(true);
  });

  it("reads a span of dates", async () => {
    const chart = useChart();
    await chart.load();
    await chart.choose({ start_date: "2026-01-01", end_date: "2026-02-01" });
    expect(server.paths().at(-1)).toBe(`${SERIES}?start_date=2026-01-01&end_date=2026-02-01&max_points=2000`);
  });

  it("reads every point once when looked at closely, and keeps them when a snapshot comes", async () => {
    const chart = useChart();
    await chart.refine();
    expect(server.seen).toHaveLength(0);
    await chart.load();
    await Promise.all([chart.refine(), chart.refine()]);
    await chart.refine();
    expect(server.paths().map((path) => path.split("max_points=")[1])).toEqual(["2000", "0"]);
    await chart.load();
    expect(server.paths().at(-1)).toContain("max_points=0");
    await chart.choose({ days: 7 });
    expect(server.paths().at(-1)).toContain("max_points=2000");
  });

  it("does not ask again for what is already complete", async () => {
    server.on(SERIES, () => ({ body: seriesAnswer() }));
    const chart = useChart();
    await chart.load();
    await chart.refine();
    expect(server.seen).toHaveLength(1);
  });

  it("says that the line still belongs to another span while it waits", async () => {
    const chart = useChart();
    await chart.load();
    let release = (): void => undefined;
    const gate = new Promise<void>((open) => { release = open; });
    server.on(SERIES, async (): Promise<Answer> => { await gate; return { body: seriesAnswer() }; });
    const chosen = chart.choose({ days: 7 });
    expect(chart.isCurrent).toBe(false);
    expect(chart.shownSpan).toEqual({ days: 90 });
    release();
    await chosen;
    expect(chart.shownSpan).toEqual({ days: 7 });
  });

  it("keeps the old line beside a problem, and mends itself", async () => {
    const chart = useChart();
    await chart.load();
    server.on(SERIES, () => ({ status: 503, body: { title: "Busy", detail: "The database is busy." } }));
    await chart.refine();
    expect(chart.problem?.detail).toBe("The database is busy.");
    expect(chart.columns?.times.length).toBe(3);
    expect(chart.isRefining).toBe(false);
    server.on(SERIES, () => ({ body: seriesAnswer() }));
    await chart.load();
    expect(chart.problem).toBeNull();
  });
});
