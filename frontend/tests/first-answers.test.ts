// @vitest-environment happy-dom
import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { defineComponent, h } from "vue";

import { useLive } from "@/composables/useLive";
import { useConnection } from "@/stores/connection";
import { usePerformance } from "@/stores/performance";
import { usePortfolio } from "@/stores/portfolio";

import START from "../public/start.js?raw";
import { balances, status, windows } from "./answers";
import { FakeServer } from "./fake-server";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const MIDNIGHT = encodeURIComponent(new Date(new Date(NOW).setHours(0, 0, 0, 0)).toISOString());
const RETURNS = `/api/performance/windows?days=1%2C7%2C30%2C90%2C0&since=${MIDNIGHT}`;
const FIRST = ["GET /api/status", "GET /api/portfolio/balances", `GET ${RETURNS}`];

let server: FakeServer;
let page: VueWrapper | undefined;

/** Never says anything. */
class SilentSource {
  addEventListener = vi.fn<() => void>();
  close = vi.fn<() => void>();
}

/** What the document does at its very beginning. */
function start(): void {
  (new Function(START) as () => void)();
}

/** The page's code has arrived. */
async function arrive(): Promise<void> {
  page = mount(defineComponent(() => {
    useLive();
    return () => h("i");
  }));
  await vi.waitFor(() => { expect(server.paths()).toContain("GET /api/performance/cashflows"); });
  await flushPromises();
}

it("asks in the reader's currency at once", () => {
  localStorage.setItem("portfolio.preferences", JSON.stringify({ currency: "EUR" }));
  start();
  expect(Object.keys(globalThis.firstAnswers ?? {})).toContain(`${RETURNS}&currency=EUR`);
  localStorage.setItem("portfolio.preferences", JSON.stringify({ currency: "odd&days=1" }));
  start();
  expect(Object.keys(globalThis.firstAnswers ?? {}).join(" ")).not.toContain("currency");
  localStorage.clear();
});

beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ["Date"] });
  setActivePinia(createPinia());
  vi.stubGlobal("EventSource", SilentSource);
  server = new FakeServer();
  server.on("GET /api/status", () => ({ body: status({ now: new Date().toISOString() }) }));
  server.on("GET /api/portfolio/balances", () => ({ body: balances() }));
  server.on("GET /api/performance/windows", () => ({ body: windows([1, 7, 30, 90, 0]) }));
  const answer = globalThis.fetch as (request: Request) => Promise<Response>;
  vi.stubGlobal("fetch", (asked: string | Request, options?: RequestInit) =>
    answer(typeof asked === "string" ? new Request(`http://page.test${asked}`, options) : asked));
});

afterEach(() => {
  page?.unmount();
  page = undefined;
  globalThis.firstAnswers = undefined;
  vi.useRealTimers();
});

it("the document asks what the page needs first, the returns after the status", async () => {
  let answer: (() => void) | undefined;
  server.on("GET /api/status", () => new Promise((given) => (answer = () => { given({ body: status() }); })));
  start();
  await flushPromises();
  expect(server.paths()).toEqual(FIRST.slice(0, 2));
  answer?.();
  await flushPromises();
  expect(server.paths()).toEqual(FIRST);
});

it("nothing is asked twice, and everything is there", async () => {
  start();
  await flushPromises();
  await arrive();
  expect([...server.paths()].sort()).toEqual([...FIRST, "GET /api/performance/cashflows", "GET /api/performance/series?days=90&max_points=2000"].sort());
  expect(usePortfolio().answer).not.toBeNull();
  expect(usePerformance().stats).not.toBeNull();
});

it("an answer is used once: the next reading asks again", async () => {
  start();
  await arrive();
  server.seen.length = 0;
  await usePortfolio().load();
  expect(server.paths()).toEqual(["GET /api/portfolio/balances"]);
});

it("what failed before the page was there is asked again", async () => {
  server.reachable = false;
  start();
  await flushPromises();
  server.reachable = true;
  await arrive();
  expect(usePortfolio().problem).toBeNull();
  expect(usePerformance().stats).not.toBeNull();
});

it("a refusal is a refusal, early or not", async () => {
  server.on("GET /api/portfolio/balances", () => ({ status: 503, body: { title: "Busy", detail: "The database is busy." } }));
  start();
  await arrive();
  expect(usePortfolio().problem?.detail).toBe("The database is busy.");
  expect(server.paths().filter((path) => path.endsWith("balances"))).toHaveLength(1);
});

it("an answer that waited for the code does not make the server's clock late", async () => {
  start();
  await flushPromises();
  vi.setSystemTime(NOW + 4_000);
  await arrive();
  expect(useConnection().offsetMs).toBe(0);
});

it("an answer that waited too long is not used", async () => {
  start();
  await flushPromises();
  vi.setSystemTime(NOW + 10_001);
  server.seen.length = 0;
  await arrive();
  expect(server.paths()).toEqual(expect.arrayContaining(FIRST));
});

it("theme and language are those of this browser before anything is drawn", () => {
  localStorage.setItem("portfolio.preferences", JSON.stringify({ theme: "paper", language: "fr" }));
  start();
  expect([document.documentElement.dataset.theme, document.documentElement.lang]).toEqual(["paper", "fr"]);
  localStorage.setItem("portfolio.preferences", "not JSON");
  start();
  expect([document.documentElement.dataset.theme, document.documentElement.lang]).toEqual(["green", "en"]);
});
