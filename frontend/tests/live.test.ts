// @vitest-environment happy-dom
import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { defineComponent, h } from "vue";

import { useLive } from "@/composables/useLive";

import { balances, status, windows } from "./answers";
import { FakeServer } from "./fake-server";

class FakeSource {
  static last: FakeSource;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  private readonly heard = new Map<string, (event: { data: string }) => void>();

  constructor() {
    FakeSource.last = this;
  }

  addEventListener(type: string, listener: (event: { data: string }) => void): void {
    this.heard.set(type, listener);
  }

  close(): void {
    this.heard.clear();
  }

  greet(revision: number): void {
    this.onopen?.();
    this.heard.get("hello")?.({ data: JSON.stringify({ topic: "portfolio", revision }) });
  }
}

let server: FakeServer;
let page: VueWrapper;
let revision: number;

const asked = (): string[] => server.paths().map((path) => path.replace(/\?.*/, "")).sort();
const EVERYTHING = ["/portfolio/balances", "/performance/cashflows", "/performance/series", "/performance/windows", "/status"].map((path) => `GET /api${path}`).sort();

/** The first reading is over: what stands below the figures is asked last. */
async function everythingRead(): Promise<void> {
  await vi.waitFor(() => { expect(asked()).toEqual(EVERYTHING); });
  await flushPromises();
}

beforeEach(async () => {
  setActivePinia(createPinia());
  vi.stubGlobal("EventSource", FakeSource);
  server = new FakeServer();
  revision = 5;
  server.on("GET /api/status", () => ({ body: status({ revision }) }));
  server.on("GET /api/portfolio/balances", () => ({ body: balances({ revision }) }));
  server.on("GET /api/performance/windows", () => ({ body: windows([1, 7, 30, 90, 0]) }));
  page = mount(defineComponent(() => {
    useLive();
    return () => h("i");
  }));
  await everythingRead();
});

afterEach(() => {
  page.unmount();
});

it("a load asks five things, each once, beside the stream", async () => {
  FakeSource.last.greet(5);
  await flushPromises();
  expect(asked()).toEqual(EVERYTHING);
});

it("a balance that moved during the load is read again, the history is not", async () => {
  server.seen.length = 0;
  revision = 6;
  FakeSource.last.greet(6);
  await flushPromises();
  expect(asked()).toEqual(["GET /api/portfolio/balances", "GET /api/status"]);
});

it("a later connection reads everything once, whatever was missed", async () => {
  FakeSource.last.greet(5);
  await flushPromises();
  server.seen.length = 0;
  FakeSource.last.greet(5);
  await everythingRead();
});

it("balances that are older than the status beside them are read again", async () => {
  page.unmount();
  setActivePinia(createPinia());
  server.seen.length = 0;
  server.on("GET /api/portfolio/balances", () => ({ body: balances({ revision: 4 }) }));
  page = mount(defineComponent(() => {
    useLive();
    return () => h("i");
  }));
  await everythingRead();
  server.seen.length = 0;
  FakeSource.last.greet(5);
  await flushPromises();
  expect(asked()).toContain("GET /api/portfolio/balances");
});
