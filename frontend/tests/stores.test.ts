import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { useCashFlows } from "@/stores/cashflows";
import { useConnection } from "@/stores/connection";
import { usePortfolio } from "@/stores/portfolio";

import { balances, flow, READ_AT, status } from "./answers";
import { FakeServer } from "./fake-server";

let server: FakeServer;

beforeEach(() => {
  setActivePinia(createPinia());
  server = new FakeServer();
});

describe("portfolio", () => {
  it("knows nothing before the first reading, whatever number the answer carries", async () => {
    server.on("GET /api/portfolio/balances", () => ({ body: balances({ total_value_usd: 0, timestamp: null, balances: [], count: 0, age_seconds: null }) }));
    const portfolio = usePortfolio();
    expect(portfolio.totalUsd).toBeNull();
    await portfolio.load();
    expect(portfolio.totalUsd).toBeNull();
    expect(portfolio.isKnown).toBe(false);
    expect(portfolio.isEmpty).toBe(false);
  });

  it("an account that was read and holds nothing is a true zero", async () => {
    server.on("GET /api/portfolio/balances", () => ({ body: balances({ total_value_usd: 0, balances: [], count: 0 }) }));
    const portfolio = usePortfolio();
    await portfolio.load();
    expect(portfolio.totalUsd).toBe(0);
    expect(portfolio.isEmpty).toBe(true);
  });

  it("keeps the last figures when the server is gone, and says so", async () => {
    server.on("GET /api/portfolio/balances", () => ({ body: balances() }));
    const portfolio = usePortfolio();
    await portfolio.load();
    server.reachable = false;
    await portfolio.load();
    expect(portfolio.totalUsd).toBe(48211.07);
    expect(portfolio.problem?.status).toBe(0);
  });

  it("remembers the total before a new revision only", async () => {
    let answer = balances();
    server.on("GET /api/portfolio/balances", () => ({ body: answer }));
    const portfolio = usePortfolio();
    await portfolio.load();
    await portfolio.load();
    expect(portfolio.previousTotalUsd).toBeNull();
    answer = balances({ revision: 6, total_value_usd: 50000 });
    await portfolio.load();
    expect(portfolio.previousTotalUsd).toBe(48211.07);
  });

  it("measures age on the server's clock, not on this device's", async () => {
    vi.useFakeTimers({ now: Date.parse("2031-05-05T00:00:00Z") });
    server.on("GET /api/portfolio/balances", () => ({ body: balances() }));
    server.on("GET /api/status", () => ({ body: status({ now: "2026-01-05T10:00:42Z" }) }));
    const [connection, portfolio] = [useConnection(), usePortfolio()];
    await portfolio.load();
    expect(portfolio.ageSeconds).toBeNull();
    await connection.load();
    expect(portfolio.ageSeconds).toBe(12);
    vi.advanceTimersByTime(5000);
    connection.tick();
    expect(portfolio.ageSeconds).toBe(17);
    vi.useRealTimers();
  });

  it("joins loads that overlap into one more", async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((open) => { release = open; });
    server.on("GET /api/portfolio/balances", async () => { await gate; return { body: balances() }; });
    const portfolio = usePortfolio();
    const all = Promise.all([portfolio.load(), portfolio.load(), portfolio.load(), portfolio.load()]);
    release();
    await all;
    expect(server.seen).toHaveLength(2);
  });
});

describe("rates", () => {
  it("come with the balances; what is not known stays unknown", async () => {
    const portfolio = usePortfolio();
    expect(portfolio.rates).toEqual({ USD: 1, EUR: null, BTC: null });
    server.on("GET /api/portfolio/balances", () => ({ body: balances({ rates: { EUR: 1.08, BTC: null } }) }));
    await portfolio.load();
    expect(portfolio.rates).toEqual({ USD: 1, EUR: 1.08, BTC: null });
  });
});

describe("cash flows", () => {
  beforeEach(() => {
    server.on("GET /api/performance/cashflows", () => ({ body: { cashflows: [flow({ id: 1 }), flow({ id: 2 })], count: 2, total_deposits: 2000, total_withdrawals: 0 } }));
  });

  it("shows the newest first", async () => {
    const store = useCashFlows();
    await store.load();
    expect(store.newestFirst.map((each) => each.id)).toEqual([2, 1]);
  });

  it("sends the idempotency key and reads back", async () => {
    server.on("POST /api/performance/cashflows", () => ({ status: 201, body: { message: "ok", cashflow: flow() } }));
    const store = useCashFlows();
    expect(await store.add({ type: "DEPOSIT", amount_usd: 5 }, "key-1")).toBeNull();
    expect(server.paths()).toEqual(["POST /api/performance/cashflows", "GET /api/performance/cashflows"]);
    expect(server.seen[0]).toMatchObject({ key: "key-1", body: { type: "DEPOSIT", amount_usd: 5 } });
  });

  it("gives field errors back to the form", async () => {
    server.on("POST /api/performance/cashflows", () => ({ status: 422, body: { title: "No", detail: "Wrong.", errors: [{ pointer: "/note", code: "x", detail: "Too long." }] } }));
    const problem = await useCashFlows().add({ type: "DEPOSIT", amount_usd: 5 }, "k");
    expect(problem?.fields).toEqual([{ field: "note", detail: "Too long." }]);
  });

  it("deletes, and enters the same flow again on undo", async () => {
    server.on("DELETE /api/performance/cashflows/2", () => ({ body: { message: "ok" } }));
    server.on("POST /api/performance/cashflows", () => ({ status: 201, body: { message: "ok", cashflow: flow() } }));
    const store = useCashFlows();
    expect(await store.remove(flow({ id: 2, note: "n" }))).toBeNull();
    expect(store.lastDeleted?.id).toBe(2);
    await store.undoRemove();
    expect(store.lastDeleted).toBeNull();
    expect(server.seen.find((each) => each.method === "POST")?.body).toEqual({ type: "DEPOSIT", amount_usd: 1000, timestamp: READ_AT, note: "n" });
  });

  it("does not offer undo for what was not deleted", async () => {
    const store = useCashFlows();
    expect((await store.remove(flow({ id: 9 })))?.status).toBe(404);
    expect(store.lastDeleted).toBeNull();
  });
});

describe("connection", () => {
  it("takes intervals, demo note and ban from the status", async () => {
    const connection = useConnection();
    expect(connection.intervalSeconds).toBe(30);
    const exchange = { ...status().exchange, state: "banned" as const, banned_until: "2026-01-05T10:10:00Z" };
    const setup = { has_credentials: true, testnet: false, demo: true, demo_note: null, steps: [] };
    server.on("GET /api/status", () => ({ body: status({ exchange, setup }) }));
    await connection.load();
    expect(connection.waitUntilMs).toBe(Date.parse("2026-01-05T10:10:00Z"));
    expect(connection.demoNote).toContain("simulated");
    expect(connection.reported?.state).toBe("banned");
  });

  it("takes the end of a pause from the status too, and the ban's where there is one", async () => {
    const connection = useConnection();
    const paused = { ...status().exchange, state: "limited" as const, retry_at: "2026-01-05T10:02:00Z" };
    server.on("GET /api/status", () => ({ body: status({ exchange: paused }) }));
    await connection.load();
    expect(connection.waitUntilMs).toBe(Date.parse("2026-01-05T10:02:00Z"));
    server.on("GET /api/status", () => ({ body: status({ exchange: { ...paused, banned_until: "2026-01-05T11:00:00Z" } }) }));
    await connection.load();
    expect(connection.waitUntilMs).toBe(Date.parse("2026-01-05T11:00:00Z"));
  });

  it("takes the pace of readings and of snapshots each from its own loop, however often another goes round", async () => {
    const loop = { running: true, heartbeat_age_seconds: 1, failures: 0 };
    const loops = [
      { ...loop, name: "balances" as const, interval_seconds: 45 },
      { ...loop, name: "snapshots" as const, interval_seconds: 3600 },
      { ...loop, name: "history" as const, interval_seconds: 5 },
    ];
    server.on("GET /api/status", () => ({ body: status({ loops }) }));
    const connection = useConnection();
    expect(connection.snapshotIntervalSeconds).toBeNull();
    await connection.load();
    expect(connection.intervalSeconds).toBe(45);
    expect(connection.snapshotIntervalSeconds).toBe(3600);
  });

  it("counts how long the link has been lost", () => {
    vi.useFakeTimers();
    const connection = useConnection();
    connection.linkChanged("open", null);
    expect(connection.lostForSeconds).toBe(0);
    connection.linkChanged("lost", 1000);
    connection.linkChanged("connecting", null);
    vi.advanceTimersByTime(7000);
    connection.tick();
    expect(connection.lostForSeconds).toBe(7);
    vi.useRealTimers();
  });
});
