// @vitest-environment happy-dom
import { mount, type VueWrapper } from "@vue/test-utils";
import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { defineComponent, h, nextTick } from "vue";

import { useCurtain } from "@/composables/useCurtain";
import { useConnection } from "@/stores/connection";
import { usePerformance } from "@/stores/performance";
import { usePortfolio } from "@/stores/portfolio";
import { useShell } from "@/stores/shell";

import { balances, status, windows } from "./answers";

let page: VueWrapper;

beforeEach(() => {
  vi.useFakeTimers();
  setActivePinia(createPinia());
  page = mount(defineComponent(() => {
    useCurtain();
    return () => h("i");
  }));
});

afterEach(() => {
  page.unmount();
  vi.useRealTimers();
});

const arrives = {
  balances: () => (usePortfolio().answer = balances()),
  status: () => (useConnection().status = status()),
  returns: () => (usePerformance().stats = windows([0]).stats),
};

async function after(ms: number, what?: keyof typeof arrives): Promise<boolean> {
  await vi.advanceTimersByTimeAsync(ms);
  if (what) arrives[what]();
  await nextTick();
  return useShell().isReady;
}

it("lifts when everything that stands on the first screen is there", async () => {
  expect(await after(0, "status")).toBe(false);
  expect(await after(0, "balances")).toBe(false);
  expect(await after(100, "returns")).toBe(true);
});

it("never lifts without balances", async () => {
  await after(0, "status");
  await after(0, "returns");
  expect(await after(60_000)).toBe(false);
});

it("does not wait for slow returns", async () => {
  await after(0, "status");
  await after(0, "balances");
  expect(await after(199)).toBe(false);
  expect(await after(1)).toBe(true);
});

it("waits longer for the status, which stands above the figures, but not for ever", async () => {
  await after(0, "balances");
  expect(await after(599)).toBe(false);
  expect(await after(1)).toBe(true);
});

it("a status that comes late leaves the returns their own time", async () => {
  await after(0, "balances");
  expect(await after(500, "status")).toBe(false);
  expect(await after(199)).toBe(false);
  expect(await after(1)).toBe(true);
});
