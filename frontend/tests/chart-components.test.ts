// @vitest-environment happy-dom
import { mount } from "@vue/test-utils";
import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it } from "vitest";
import { nextTick } from "vue";

import type { Columns } from "@/charts/columns";
import { inUnit } from "@/charts/currency";
import { groupMarks, toMarks } from "@/charts/flow-marks";
import type { Frame } from "@/charts/picture";
import ChartCursor from "@/components/ChartCursor.vue";
import ChartFlows from "@/components/ChartFlows.vue";
import ChartRanges from "@/components/ChartRanges.vue";
import ChartReadout from "@/components/ChartReadout.vue";
import ChartTable from "@/components/ChartTable.vue";
import { useChartView, type ChartView } from "@/composables/useChartView";
import { useChart } from "@/stores/chart";
import { usePreferences } from "@/stores/preferences";

import { flow } from "./answers";
import { columnsOf, HOUR, START } from "./chart-answers";
import { FakeServer } from "./fake-server";

const HOSTILE = "<img src=x onerror=alert(1)>";

function shown(columns: Columns): void {
  const chart = useChart();
  chart.columns = columns;
  chart.shownSpan = chart.span;
}

beforeEach(() => {
  localStorage.clear();
  setActivePinia(createPinia());
  new FakeServer();
});

describe("ChartReadout", () => {
  const read = (columns: Columns, cursor = -1, speaks = false) => mount(ChartReadout, { props: { columns, cursor, speaks } });

  it("says the newest value with its time, and the value under the crosshair", () => {
    const columns = columnsOf([0, 2, 5]);
    shown(columns);
    expect(read(columns).text()).toContain("+5.00 %");
    expect(read(columns).text()).toContain("2026-01-05 03:00 UTC+01:00 · 2026-01-05 02:00 UTC");
    expect(read(columns, 1).text()).toContain("+2.00 %");
  });

  it("does not pass an old figure for a new one", () => {
    const columns = columnsOf([0, 2, null]);
    shown(columns);
    expect(read(columns).text()).toContain("Not known since 2026-01-05 03:00");
    expect(read(columns, 2).text()).toContain("not known");
    expect(read(columns, 2).text()).not.toContain("0.00");
  });

  it("speaks only while keys move the crosshair", () => {
    const columns = columnsOf([0, 2, 5]);
    shown(columns);
    expect(read(columns, 1).get("[aria-live]").text()).toBe("");
    expect(read(columns, 1, true).get("[aria-live]").text()).toBe("+2.00 % at 2026-01-05 02:00");
  });

  it("waits in words", () => {
    expect(mount(ChartReadout, { props: { columns: null, cursor: -1, speaks: false } }).text()).toContain("reading the history");
  });
});

describe("ChartTable", () => {
  it("shows values in the currency of the page, and says where its rate is missing", () => {
    const columns = inUnit(columnsOf([0, 1], { value_usd: [1100, 1200], eur_usd: [1.1, null], pnl_usd: [0, 100] }), "EUR");
    const text = mount(ChartTable, { props: { columns } }).text();
    for (const part of ["€1,000.00", "rate not known", "+$100.00"]) expect(text).toContain(part);
    expect(text).not.toContain("$1,200");
  });

  it("pages, and hides amounts when asked to", async () => {
    const columns = columnsOf(Array.from({ length: 230 }, (_, place) => place));
    const table = mount(ChartTable, { props: { columns } });
    expect(table.findAll("tbody tr")).toHaveLength(100);
    expect(table.text()).toContain("page 1 of 3");
    await table.findAll("nav button").at(-1)?.trigger("click");
    expect(table.findAll("tbody tr")).toHaveLength(30);
    expect(table.text()).toContain("$1,000.00");
    usePreferences().hideAmounts = true;
    await nextTick();
    expect(table.text()).not.toContain("$");
    await table.setProps({ columns: columnsOf([0, 1]) });
    expect(table.findAll("tbody tr")).toHaveLength(2);
  });
});

describe("ChartRanges", () => {
  it("offers days as the address keeps them, and refuses a stretch that runs backwards", async () => {
    shown(columnsOf([0, 1]));
    const ranges = mount(ChartRanges);
    await ranges.findAll("button").at(-1)?.trigger("click");
    const [from, to] = ranges.findAll<HTMLInputElement>("input[type=date]");
    expect(from?.element.value).toBe("2026-01-05");
    await to?.setValue("2026-01-01");
    await ranges.get("form").trigger("submit");
    expect(ranges.text()).toContain("The first day must come before the last.");
    expect(ranges.emitted("choose-span")).toBeUndefined();
    await to?.setValue("2026-02-01");
    await ranges.get("form").trigger("submit");
    expect(ranges.emitted("choose-span")).toEqual([["2026-01-05", "2026-02-01"]]);
  });
});

describe("ChartFlows", () => {
  const frame: Frame = {
    left: 0, right: 500, width: 560, main: { top: 20, bottom: 220 }, drawdown: null,
    xOf: (ms) => (ms - START) / HOUR, timeAt: (x) => START + x * HOUR, yOf: () => 0, drawdownYOf: () => 0,
  };
  const view = { from: START, to: START + 500 * HOUR };

  it("explains a flow to whoever reaches it, with markup as text and one stop for Tab", async () => {
    const marks = toMarks([flow({ id: 1, counted_at: new Date(START + 10 * HOUR).toISOString(), note: HOSTILE }), flow({ id: 2, counted_at: new Date(START + 90 * HOUR).toISOString(), amount_usd: null, counted_usd: null })]);
    const wrapper = mount(ChartFlows, { props: { groups: groupMarks(marks, HOUR), frame, view }, attachTo: document.body });
    const buttons = wrapper.findAll("button");
    expect(buttons.map((button) => button.attributes("tabindex"))).toEqual(["0", "-1"]);
    expect(buttons[0]?.attributes("aria-label")).toBe("deposit +$1,000.00, 2026-01-05 11:00");
    await buttons[0]?.trigger("focus");
    expect(wrapper.get("li").text()).toContain(HOSTILE);
    expect(wrapper.find("img").exists()).toBe(false);
    await buttons[0]?.trigger("keydown", { key: "ArrowRight" });
    expect(document.activeElement).toBe(buttons[1]?.element);
    expect(wrapper.get("li").text()).toContain("not valued");
    await buttons[1]?.trigger("keydown", { key: "Escape" });
    expect(wrapper.find("li").exists()).toBe(false);
    wrapper.unmount();
  });
});

describe("ChartCursor", () => {
  it("names a flow beside the crosshair with the flow's own time, not the crosshair's", () => {
    const at = START + 10 * HOUR;
    const columns = columnsOf(Array.from({ length: 21 }, () => 0));
    shown(columns);
    const frame: Frame = {
      left: 0, right: 500, width: 560, main: { top: 20, bottom: 220 }, drawdown: null,
      xOf: (ms) => (ms - START) / HOUR, timeAt: (x) => START + x * HOUR, yOf: () => 0, drawdownYOf: () => 0,
    };
    const marks = toMarks([flow({ id: 1, counted_at: new Date(at).toISOString() })]);
    const cursor = mount(ChartCursor, { props: { columns, index: 12, frame, view: { from: START, to: START + 500 * HOUR }, marks } });
    expect(cursor.text()).toContain("2026-01-05 13:00");
    expect(cursor.text()).toContain("deposit +$1,000.00 at 2026-01-05 11:00");
  });
});

describe("the chart's view", () => {
  function viewOf(columns: Columns, { isStill = true } = {}): ChartView {
    shown(columns);
    let state: ChartView | null = null;
    window.matchMedia = () => ({ matches: isStill }) as MediaQueryList;
    mount({ setup: () => { state = useChartView(); return () => null; } });
    if (!state) throw new Error("no view");
    return state;
  }

  it("zooms around the crosshair, pans and comes back, at once for those who want no motion", () => {
    const state = viewOf(columnsOf(Array.from({ length: 101 }, () => 0)));
    state.point(START + 80 * HOUR);
    state.zoom(0.5);
    expect(state.view.value).toEqual({ from: START + 40 * HOUR, to: START + 90 * HOUR });
    expect(state.isZoomed.value).toBe(true);
    state.pan(-0.2);
    expect(state.view.value.from).toBe(START + 30 * HOUR);
    state.reset();
    expect(state.isZoomed.value).toBe(false);
  });

  it("steps from point to point, at least a pixel, and takes the view along", () => {
    const state = viewOf(columnsOf(Array.from({ length: 101 }, () => 0)));
    state.step(-1, 1000);
    expect(state.cursor.value).toBe(99);
    expect(state.isByKeys.value).toBe(true);
    state.step(-1, 10);
    expect(state.cursor.value).toBe(89);
    state.look({ from: START, to: START + 20 * HOUR });
    state.step(0, 1000);
    expect(state.view.value.to).toBe(START + 89 * HOUR);
    state.step(-Infinity, 1);
    expect([state.cursor.value, state.view.value.from]).toEqual([0, START]);
  });

  it("arrives where it is going although new points come on the way", async () => {
    const chart = useChart();
    const state = viewOf(columnsOf(Array.from({ length: 101 }, () => 0)), { isStill: false });
    state.look({ from: START + 40 * HOUR, to: START + 50 * HOUR });
    state.zoom(0.5);
    chart.columns = columnsOf(Array.from({ length: 102 }, () => 0));
    await nextTick();
    expect(state.view.value).toEqual({ from: START + 42.5 * HOUR, to: START + 47.5 * HOUR });
    state.reset();
    chart.columns = columnsOf(Array.from({ length: 103 }, () => 0));
    await nextTick();
    expect(state.view.value).toEqual({ from: START, to: START + 102 * HOUR });
    expect(state.isZoomed.value).toBe(false);
  });

  it("shows all of another range, and stays where it is when a snapshot is added", async () => {
    const chart = useChart();
    const state = viewOf(columnsOf(Array.from({ length: 101 }, () => 0)));
    state.look({ from: START, to: START + 20 * HOUR });
    chart.columns = columnsOf(Array.from({ length: 102 }, () => 0));
    await nextTick();
    expect(state.view.value).toEqual({ from: START, to: START + 20 * HOUR });
    chart.columns = columnsOf([0, 1, 2]);
    chart.shownSpan = { days: 7 };
    await nextTick();
    expect(state.view.value).toEqual({ from: START, to: START + 2 * HOUR });
  });
});
