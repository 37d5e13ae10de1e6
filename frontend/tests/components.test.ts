// @vitest-environment happy-dom
import { mount } from "@vue/test-utils";
import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it } from "vitest";

import DeltaValue from "@/components/DeltaValue.vue";
import HoldingRow from "@/components/HoldingRow.vue";
import MetricCard from "@/components/MetricCard.vue";
import { HIDDEN } from "@/lib/format";
import { usePreferences } from "@/stores/preferences";

import { balances, pnl, twr } from "./answers";

const HOSTILE = "<img src=x onerror=alert(1)>";

beforeEach(() => {
  localStorage.clear();
  setActivePinia(createPinia());
});

describe("MetricCard", () => {
  it("says not known, and why, instead of a number", () => {
    const answer = { twr: twr(7, { twr: null, twr_percent: null, reason: "insufficient_data" }), pnl: pnl(7, { pnl_usd: null, pnl_percent: null }) };
    const card = mount(MetricCard, { props: { days: 7, answer } });
    expect(card.text()).toContain("not known");
    expect(card.text()).toContain("two complete snapshots");
    expect(card.text()).not.toMatch(/0\.00/);
  });

  it("waits in words", () => {
    expect(mount(MetricCard, { props: { days: 7, answer: null } }).text()).toContain("not read yet");
  });

  it("marks a partial window", () => {
    const card = mount(MetricCard, { props: { days: 90, answer: { twr: twr(90, { is_partial: true, actual_days: 6.9 }), pnl: pnl(90) } } });
    expect(card.text()).toContain("partial");
    expect(card.text()).toContain("only 6.9 days of 90 covered");
    expect(card.text()).toContain("+10.00 %");
  });
});

describe("HoldingRow", () => {
  const [priced] = balances().balances;
  it("keeps markup in a coin's name as text and says no price", () => {
    if (!priced) throw new Error("no row");
    const row = { ...priced, asset: HOSTILE, usd_value: null, price_usd: null, price_status: "missing" as const };
    const wrapper = mount(HoldingRow, { props: { row } });
    expect(wrapper.find("img").exists()).toBe(false);
    expect(wrapper.text()).toContain(HOSTILE);
    expect(wrapper.text()).toContain("no price");
    expect(wrapper.text()).not.toContain("$0");
  });

  it("hides amounts but not prices", () => {
    usePreferences().hideAmounts = true;
    if (!priced) throw new Error("no row");
    const wrapper = mount(HoldingRow, { props: { row: priced } });
    expect(wrapper.text()).not.toContain("48,211");
    expect(wrapper.text()).toContain("$96,422.14");
  });
});

it("a change carries its direction without colour", () => {
  expect(mount(DeltaValue, { props: { value: -1, text: "−1.00 %" } }).classes()).toContain("down");
  expect(mount(DeltaValue, { props: { value: 0.001, text: "0.00 %" } }).classes()).toContain("flat");
  expect(mount(DeltaValue, { props: { value: -0.00052926, text: "−0.00052926 BTC" } }).classes()).toContain("down");
  expect(mount(DeltaValue, { props: { value: 0.00052926, text: "+0.00052926 BTC" } }).classes()).toContain("up");
  expect(mount(DeltaValue, { props: { value: 5, text: HIDDEN } }).classes()).toContain("up");
  expect(mount(DeltaValue, { props: { value: null, text: "+$5.00" } }).classes()).toContain("unknown");
});

it("preferences hold choices only", async () => {
  const preferences = usePreferences();
  preferences.hideAmounts = true;
  preferences.sortBy("asset");
  await Promise.resolve();
  expect(JSON.parse(localStorage.getItem("portfolio.preferences") ?? "")).toEqual({ hideSmall: false, hideAmounts: true, sortKey: "asset", descending: false, theme: "green", currency: "USD",
    zone: "local", scanlines: false, rain: false, shortcuts: true, language: "en", });
});
