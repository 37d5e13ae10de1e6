// @vitest-environment happy-dom
import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defineComponent, h, nextTick } from "vue";
import { createMemoryHistory, createRouter, type Router } from "vue-router";

import type { BalanceRow, TwrWindow } from "@/api/types";
import CommandPalette from "@/components/CommandPalette.vue";
import MetricCard from "@/components/MetricCard.vue";
import PortfolioTable from "@/components/PortfolioTable.vue";
import SettingsDialog from "@/components/SettingsDialog.vue";
import TotalValue from "@/components/TotalValue.vue";
import { useCommands } from "@/composables/useCommands";
import { useShortcuts } from "@/composables/useShortcuts";
import { speak } from "@/i18n";
import { startOfDay } from "@/lib/time";
import { useConnection } from "@/stores/connection";
import { usePerformance } from "@/stores/performance";
import { usePortfolio } from "@/stores/portfolio";
import { usePreferences } from "@/stores/preferences";
import { useShell } from "@/stores/shell";

import { balances, pnl, stats, status, twr, windows } from "./answers";
import { FakeServer } from "./fake-server";

let router: Router;
const open: VueWrapper[] = [];

function show(component: object, props: Record<string, unknown> = {}): VueWrapper {
  const wrapper = mount(component, { props, global: { plugins: [router] }, attachTo: document.body });
  open.push(wrapper);
  return wrapper;
}

beforeEach(async () => {
  localStorage.clear();
  setActivePinia(createPinia());
  const blank = defineComponent(() => () => h("div"));
  router = createRouter({ history: createMemoryHistory(), routes: [{ path: "/", component: blank }, { path: "/setup", name: "setup", component: blank }] });
  await router.push("/");
  const server = new FakeServer();
  server.on("GET /api/portfolio/balances", () => ({ body: balances({ rates: { EUR: 1.1, BTC: null } }) }));
  server.on("GET /api/status", () => ({ body: status() }));
  server.on("GET /api/performance/windows", () => ({ body: windows([1, 7, 30, 90, 0]) }));
  await Promise.all([usePortfolio().load(), useConnection().load(), usePerformance().load()]);
});

afterEach(async () => {
  for (const wrapper of open.splice(0)) wrapper.unmount();
  await speak("en");
});

describe("the currency of the page", () => {
  it("shows values of now in it, and says how changes are measured", () => {
    usePreferences().currency = "EUR";
    const hero = show(TotalValue);
    expect(hero.get('[data-testid="total"]').text()).toBe("€43,828.25");
    expect(hero.text()).toContain("Changes over time are measured in EUR");
    expect(hero.text()).toContain("+$100.00");
  });

  it("falls back to USD with a mark when the rate is not known", () => {
    usePreferences().currency = "BTC";
    const hero = show(TotalValue);
    expect(hero.get('[data-testid="total"]').text()).toBe("$48,211.07");
    expect(hero.text()).toContain("how much 1 BTC is in USD is not known");
  });
});

describe("the change today", () => {
  const answered = (change: Partial<TwrWindow>, fromMs = startOfDay(useConnection().serverNowMs)): string => {
    usePerformance().today = { fromMs, window: { twr: twr(1, { twr_percent: -0.25, ...change }), pnl: pnl(1, { pnl_usd: -120.5 }) } };
    return show(TotalValue).get('[data-testid="change-today"]').text();
  };

  it("tells profit and return since midnight", () => {
    const text = answered({});
    expect(text).toContain("−$120.50");
    expect(text).toContain("−0.25 %");
  });

  it("is not known before there is a snapshot on both sides of midnight, and never yesterday's", () => {
    expect(answered({ twr: null, twr_percent: null, reason: "insufficient_data" })).toContain("— needs a snapshot since midnight");
    expect(answered({ twr: null, twr_percent: null, reason: "A reason of its own." })).toContain("— A reason of its own.");
    expect(answered({ is_partial: true })).toContain("— needs a snapshot from before midnight");
    expect(answered({}, startOfDay(useConnection().serverNowMs) - 86_400_000)).not.toContain("120.50");
  });
});

describe("the change of a price in a day", () => {
  const shown = (change: Partial<BalanceRow>) => {
    const portfolio = usePortfolio();
    portfolio.answer = balances({ balances: balances().balances.map((row) => ({ ...row, ...change })) });
    return show(PortfolioTable).get("td.change");
  };

  it("has a sign, and can be sorted by", () => {
    expect(shown({}).text()).toBe("+1.50 %");
    expect(shown({ change_24h_percent: -12.345 }).text()).toBe("−12.35 %");
    expect(show(PortfolioTable).get("th.change button").text()).toBe("24 h");
  });

  it("says why it is not known, and never 0", () => {
    const cell = shown({ change_24h_percent: null });
    expect(cell.text()).toContain("n/a");
    expect(cell.get("[title]").attributes("title")).toBe("Not known: no price of this coin was stored 24 hours ago.");
    const unpriced = shown({ change_24h_percent: null, price_usd: null, usd_value: null });
    expect(unpriced.get("[title]").attributes("title")).toBe("Not known: this coin has no price.");
    expect(unpriced.text()).not.toContain("0");
  });
});

describe("privacy", () => {
  it("leaves no amount and no quantity anywhere in the markup, and saves no file", () => {
    usePreferences().hideAmounts = true;
    const parts = [show(TotalValue), show(PortfolioTable), show(MetricCard, { days: 7, answer: { twr: twr(7), pnl: pnl(7) } })];
    const markup = parts.map((part) => part.html()).join("");
    for (const amount of ["48,211", "48211", "$100.00", "0.5<", "0.5 "]) expect(markup).not.toContain(amount);
    expect(parts[1]?.get('[aria-label="Save what is shown as CSV"]').attributes("disabled")).toBeDefined();
  });
});

describe("commands", () => {
  const Keys = defineComponent(() => {
    useShortcuts();
    return () => h("input", { type: "text" });
  });
  const key = (target: EventTarget, name: string, more: KeyboardEventInit = {}): boolean =>
    target.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true, ...more }));

  it("run by their key, but not while somebody types", async () => {
    const field = show(Keys).element;
    key(field, "h");
    expect(usePreferences().hideAmounts).toBe(false);
    key(document.body, "h");
    expect(usePreferences().hideAmounts).toBe(true);
    key(document.body, "t");
    expect(usePreferences().theme).toBe("amber");
    key(document.body, "3");
    await flushPromises();
    expect(router.currentRoute.value.query).toEqual({ range: "90" });
    key(document.body, "e");
    expect(useShell().explained).toEqual({ days: 90, figure: "twr" });
  });

  it("can be switched off, the palette's own excepted", () => {
    show(Keys);
    usePreferences().shortcuts = false;
    key(document.body, "h");
    key(document.body, "/");
    expect(usePreferences().hideAmounts).toBe(false);
    expect(useShell().dialog).toBeNull();
    key(document.body, "k", { ctrlKey: true });
    expect(useShell().dialog).toBe("palette");
  });

  it("have a key of their own each, in every language", async () => {
    const Probe = defineComponent({ setup: () => useCommands(), render: () => h("i") });
    const probe = show(Probe) as VueWrapper<InstanceType<typeof Probe>>;
    const keys = probe.vm.commands.flatMap((command) => command.key ?? []);
    expect(new Set(keys).size).toBe(keys.length);
    expect(new Set(probe.vm.commands.map((command) => command.id)).size).toBe(probe.vm.commands.length);
    await speak("fr");
    expect(probe.vm.commands[0]?.title).toBe("Masquer les montants");
  });

  it("are found and run in the palette", async () => {
    const palette = show(CommandPalette);
    const field = palette.get("input");
    await field.setValue("theme pap");
    expect(palette.findAll('[role="option"]').map((each) => each.text())).toEqual(["Theme: paper"]);
    await field.trigger("keydown", { key: "Enter" });
    palette.get("dialog").element.dispatchEvent(new Event("close"));
    await nextTick();
    expect(usePreferences().theme).toBe("paper");
    await field.setValue("zzz");
    expect(palette.text()).toContain("No command matches.");
  });
});

it("settings change the page at once", async () => {
  const dialog = show(SettingsDialog);
  await dialog.get('input[type="radio"][value="fr"]').setValue(true);
  await flushPromises();
  expect(dialog.text()).toContain("Réglages");
  await dialog.get('input[type="radio"][value="utc"]').setValue(true);
  expect(usePreferences().zone).toBe("utc");
  expect(dialog.text()).toContain("UTC");
});

it("a card without enough history says when there will be", async () => {
  const performance = usePerformance();
  performance.stats = { ...stats(), total_snapshots: 1, first_snapshot_date: "2026-01-05T10:00:00Z" };
  const unknown = { twr: twr(7, { twr: null, twr_percent: null, reason: "insufficient_data" }), pnl: pnl(7, { pnl_usd: null, pnl_percent: null }) };
  expect(show(MetricCard, { days: 7, answer: unknown }).text()).toContain("The first return will be known at about 12:00.");
});
