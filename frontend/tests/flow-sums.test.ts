// @vitest-environment happy-dom
import { flushPromises, mount } from "@vue/test-utils";
import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it, vi } from "vitest";

import CashFlowForm from "@/components/CashFlowForm.vue";
import CashFlowPanel from "@/components/CashFlowPanel.vue";
import { byMonth, flowSums, runningNet } from "@/lib/flow-sums";
import { useCashFlows } from "@/stores/cashflows";

import { flow } from "./answers";
import { FakeServer } from "./fake-server";

const EARLIER = flow({ id: 2, amount_usd: 20_000, valuation_method: "pre_tracking" });
const OUT = flow({ id: 3, amount_usd: -250, type: "WITHDRAW" });

describe("the sums of cash flows", () => {
  it("begin with tracking", () => {
    expect(flowSums([EARLIER, flow(), OUT])).toEqual({ paidIn: 1000, takenOut: 250, earlier: 20_000, notValued: 0, unit: "USD" });
  });

  it("tell earlier money that cancels out from none", () => {
    expect(flowSums([]).earlier).toBeNull();
    expect(flowSums([EARLIER, flow({ amount_usd: -20_000, valuation_method: "pre_tracking" })]).earlier).toBe(0);
  });

  it("count what has no value instead of adding zero", () => {
    expect(flowSums([flow(), flow({ amount_usd: null })])).toMatchObject({ paidIn: 1000, notValued: 1 });
  });
});

describe("sums in another currency", () => {
  const at = (eur: number | null) => ({ rates: { EUR: eur, BTC: null } });
  const IN = flow({ ...at(1.25) });
  const OUT_AT = flow({ id: 3, amount_usd: -250, type: "WITHDRAW", ...at(1) });
  const UNRATED = flow({ id: 4, amount_usd: 100 });

  it("take every flow at the rate of its own minute", () => {
    expect(flowSums([IN, OUT_AT], "EUR")).toMatchObject({ paidIn: 800, takenOut: 250, unit: "EUR" });
    expect([...runningNet([IN, OUT_AT], "EUR")]).toEqual([[1, 800], [3, 550]]);
  });

  it("stay in USD, all of them, where one rate is not known", () => {
    expect(flowSums([IN, UNRATED], "EUR")).toMatchObject({ paidIn: 1100, takenOut: 0, unit: "USD" });
    expect([...runningNet([IN, UNRATED, OUT_AT], "EUR")]).toEqual([[1, 800]]);
    expect(flowSums([UNRATED], "USD").unit).toBe("USD");
  });

  it("need no rate of a flow that does not count", () => {
    expect(flowSums([IN, flow({ id: 5, flow_class: "income" })], "EUR")).toMatchObject({ paidIn: 800, unit: "EUR" });
  });
});

describe("what counts", () => {
  const LINKED = flow({ id: 4, amount_usd: 990, linked_id: 5 });
  const REWARD = flow({ id: 6, amount_usd: 50, flow_class: "income" });
  const SPLIT = flow({ id: 7, amount_usd: 500, counted_usd: 300 });

  it("leaves out linked and reclassified flows, and takes the counted part of a split one", () => {
    expect(flowSums([flow(), LINKED, REWARD, SPLIT])).toEqual({ paidIn: 1300, takenOut: 0, earlier: null, notValued: 0, unit: "USD" });
  });

  it("runs up over counted flows only", () => {
    const net = runningNet([EARLIER, flow(), LINKED, OUT, REWARD, SPLIT]);
    expect([...net]).toEqual([[1, 1000], [3, 750], [7, 1050]]);
  });

  it("is grouped by month in the page's zone, with the sums of the whole month", () => {
    // 23:30 UTC on the last of January is February in Paris.
    const flows = [flow({ id: 9, timestamp: "2026-02-10T10:00:00Z" }), flow({ id: 8, timestamp: "2026-01-31T23:30:00Z" }), flow({ id: 1, timestamp: "2026-01-31T22:30:00Z" })];
    const months = byMonth(flows.slice(0, 1), flows);
    expect(months.map((month) => [month.month, month.flows.length, month.sums.paidIn])).toEqual([["2026-02", 1, 2000]]);
    expect(byMonth(flows, flows).map((month) => month.month)).toEqual(["2026-02", "2026-01"]);
  });
});

describe("CashFlowPanel", () => {
  beforeEach(() => {
    localStorage.clear();
    setActivePinia(createPinia());
    new FakeServer();
  });

  function textOf(cashflows: ReturnType<typeof flow>[]): string {
    const deposits = cashflows.reduce((sum, each) => sum + Math.max(each.amount_usd ?? 0, 0), 0);
    useCashFlows().answer = { cashflows, count: cashflows.length, total_deposits: deposits, total_withdrawals: 250 };
    return mount(CashFlowPanel).text().replace(/\s+/g, " ");
  }

  it("keeps money from before tracking out of its sums and names it", () => {
    const text = textOf([EARLIER, flow(), OUT]);
    expect(text).toMatch(/paid in\s*\$1,000\.00/);
    expect(text).toMatch(/taken out\s*\$250\.00/);
    expect(text).toMatch(/net\s*\$750\.00/);
    expect(text).toContain("before tracking: $20,000.00, inside the first value");
  });

  const listed = (count: number): ReturnType<typeof flow>[] => Array.from({ length: count }, (_, place) => flow({ id: place + 1, source: "exchange" }));
  function show(cashflows: ReturnType<typeof flow>[]): void {
    useCashFlows().answer = { cashflows, count: cashflows.length, total_deposits: 0, total_withdrawals: 0 };
  }

  it("shows a new flow wherever it came to stand, below the newest ones too", async () => {
    show(listed(12));
    const panel = mount(CashFlowPanel, { attachTo: document.body });
    expect(panel.find("[data-flow='99']").exists()).toBe(false);
    await panel.get("[data-command=add-flow]").trigger("click");
    await vi.waitUntil(() => panel.find("form").exists());
    show([flow({ id: 99, source: "manual" }), ...listed(12)]);
    panel.getComponent(CashFlowForm).vm.$emit("done");
    await flushPromises();
    expect(document.activeElement?.closest("[data-flow]")?.getAttribute("data-flow")).toBe("99");
    panel.unmount();
  });

  it("keeps the focus when a deletion is undone", async () => {
    show([]);
    const store = useCashFlows();
    const panel = mount(CashFlowPanel, { attachTo: document.body });
    store.lastDeleted = flow({ id: 5 });
    await flushPromises();
    expect(document.activeElement?.textContent).toBe("undo");
    show([flow({ id: 6, source: "manual" })]);
    store.lastDeleted = null;
    await flushPromises();
    expect(document.activeElement?.getAttribute("data-command")).toBe("add-flow");
    panel.unmount();
  });

  it("is silent about it when there is none", () => {
    expect(textOf([flow()])).not.toMatch(/before tracking|not valued/);
  });
});
