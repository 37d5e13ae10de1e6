// @vitest-environment happy-dom
import { flushPromises, mount } from "@vue/test-utils";
import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it } from "vitest";

import type { Suggestion, Twin } from "@/api/types";
import CashFlowRow from "@/components/CashFlowRow.vue";
import FlowDecision from "@/components/flows/FlowDecision.vue";
import FlowOffers from "@/components/flows/FlowOffers.vue";
import FlowSplit from "@/components/flows/FlowSplit.vue";
import { restOf } from "@/lib/flow-split";
import { useCashFlows } from "@/stores/cashflows";
import { useConnection } from "@/stores/connection";
import { mayHaveTwins } from "@/stores/flow-offers";
import { usePreferences } from "@/stores/preferences";

import { flow, status } from "./answers";
import { FakeServer } from "./fake-server";

const IMPORTED = flow({ id: 3, source: "exchange", kind: "deposit", asset: "BTC", quantity: 0.1, amount_usd: 9214.44 });
const FLOWS = "/api/performance/cashflows";
let server: FakeServer;

beforeEach(() => {
  localStorage.clear();
  setActivePinia(createPinia());
  server = new FakeServer();
  server.on(`GET ${FLOWS}`, () => ({ body: { cashflows: [], count: 0, total_deposits: 0, total_withdrawals: 0 } }));
  server.on("GET /api/status", () => ({ body: status() }));
});

describe("a split", () => {
  it("adds up to the last digit", () => {
    expect(restOf(0.3, [0.1, 0.2])).toBe(0);
    expect(restOf(0.1, [0.03, null])).toBe(0.07);
    expect(restOf(1e-8, [null])).toBe(1e-8);
    expect(restOf(100, [60, 60])).toBe(-20);
  });

  it("can be saved only when it is exact, in coins where there are some", async () => {
    server.on(`POST ${FLOWS}/3/split`, () => ({ body: { message: "", cashflow: IMPORTED } }));
    const wrapper = mount(FlowSplit, { props: { flow: IMPORTED } });
    const save = wrapper.get("button[type=submit]");
    expect(save.attributes("disabled")).toBeDefined();
    await wrapper.findAll("input[inputmode=decimal]")[0]?.setValue("0.03");
    expect(wrapper.text()).toContain("still to give out: 0.07 BTC");
    await wrapper.findAll("button").find((button) => button.text().startsWith("the rest"))?.trigger("click");
    expect(wrapper.text()).toContain("adds up exactly");
    await wrapper.get("form").trigger("submit");
    await flushPromises();
    expect(server.seen[0]?.body).toEqual({ parts: [{ quantity: 0.03, flow_class: "external" }, { quantity: 0.07, flow_class: "internal" }] });
    expect(wrapper.emitted("done")).toHaveLength(1);
  });

  it("shows what it was split into, and can be undone", async () => {
    server.on(`DELETE ${FLOWS}/3/split`, () => ({ body: { message: "", cashflow: IMPORTED } }));
    const parts = [{ amount_usd: 5000, quantity: 0.06, flow_class: "external" as const, note: "mine" }, { amount_usd: 4214.44, quantity: 0.04, flow_class: "internal" as const, note: null }];
    const wrapper = mount(FlowSplit, { props: { flow: { ...IMPORTED, parts } } });
    expect(wrapper.findAll("input[inputmode=decimal]").map((input) => (input.element as HTMLInputElement).value)).toEqual(["0.06", "0.04"]);
    await wrapper.findAll("button").find((button) => button.text() === "undo the split")?.trigger("click");
    await flushPromises();
    expect(server.paths()).toContain(`DELETE ${FLOWS}/3/split`);
  });
});

describe("an imported cash flow", () => {
  it("has no delete button, says where it comes from, and that its parts do not fit any more", () => {
    const wrapper = mount(CashFlowRow, { props: { flow: { ...IMPORTED, parts_apply: false, parts: [{ amount_usd: 1, quantity: null, flow_class: "external", note: null }] } } });
    expect(wrapper.findAll("button").map((button) => button.text())).toEqual(["change", "split"]);
    expect(wrapper.text()).toContain("imported");
    expect(wrapper.text()).toContain("Binance corrected the quantity");
  });

  it("sends only the decision that was made", async () => {
    server.on(`PATCH ${FLOWS}/3`, () => ({ body: { message: "", cashflow: IMPORTED } }));
    const wrapper = mount(FlowDecision, { props: { flow: IMPORTED } });
    await wrapper.get("select").setValue("internal");
    await wrapper.get("form").trigger("submit");
    await flushPromises();
    expect(server.seen.find((each) => each.method === "PATCH")?.body).toEqual({ flow_class: "internal" });
  });

  it("goes back to its imported value when the override is emptied, and refuses what is no number", async () => {
    server.on(`PATCH ${FLOWS}/3`, () => ({ body: { message: "", cashflow: IMPORTED } }));
    const wrapper = mount(FlowDecision, { props: { flow: { ...IMPORTED, amount_usd: 9000, imported_amount_usd: 9214.44 } } });
    const amount = wrapper.get("input[name=override_usd]");
    expect((amount.element as HTMLInputElement).value).toBe("9000");
    await amount.setValue("nine");
    await wrapper.get("form").trigger("submit");
    await flushPromises();
    expect(wrapper.text()).toContain("A positive number");
    expect(server.paths()).not.toContain(`PATCH ${FLOWS}/3`);
    await amount.setValue("");
    await wrapper.get("form").trigger("submit");
    await flushPromises();
    expect(server.seen.find((each) => each.method === "PATCH")?.body).toEqual({ override_usd: null });
  });
});

describe("offers", () => {
  const manual = flow({ id: 9, amount_usd: 9200 });
  const twin: Twin = { manual, imported: IMPORTED, apart_seconds: 420, difference_percent: 0.2 };
  const jump: Suggestion = { id: 4, after: "2026-01-05T09:00:00Z", until: "2026-01-05T09:30:00Z", amount_usd: 300, asset: "USDT", quantity: 300 };

  it("are asked for only where there can be some", () => {
    expect(mayHaveTwins([manual, IMPORTED])).toBe(true);
    expect(mayHaveTwins([manual])).toBe(false);
    expect(mayHaveTwins([flow({ id: 9, linked_id: 3 }), IMPORTED])).toBe(false);
    expect(mayHaveTwins([flow({ id: 9, type: "WITHDRAW", amount_usd: -1 }), IMPORTED])).toBe(false);
    expect(mayHaveTwins([flow({ id: 9, timestamp: "2026-01-15T10:00:30Z" }), IMPORTED])).toBe(false);
  });

  it("make no request for an account without any", async () => {
    useConnection().status = status();
    useCashFlows().answer = { cashflows: [manual], count: 1, total_deposits: 0, total_withdrawals: 0 };
    mount(FlowOffers);
    await flushPromises();
    expect(server.seen).toHaveLength(0);
  });

  it("link a twin, and take a change without a record as a cash flow", async () => {
    server.on(`GET ${FLOWS}/twins`, () => ({ body: { twins: [twin], count: 1 } }));
    server.on(`GET ${FLOWS}/suggestions`, () => ({ body: { suggestions: [jump], count: 1 } }));
    server.on(`POST ${FLOWS}/9/link`, () => ({ body: { message: "", cashflow: manual } }));
    server.on(`POST ${FLOWS}/suggestions/4/accept`, () => ({ body: { message: "", cashflow: manual } }));
    useConnection().status = status({ suggestions: 1 });
    useCashFlows().answer = { cashflows: [IMPORTED, manual], count: 2, total_deposits: 0, total_withdrawals: 0 };
    const wrapper = mount(FlowOffers);
    await flushPromises();
    expect(wrapper.text()).toContain("Counted twice?");
    expect(wrapper.text()).toContain("+$300.00 (300 USDT)");
    await wrapper.get('button[aria-label="same one: count it once (+$9,214.44)"]').trigger("click");
    await flushPromises();
    expect(server.seen.find((each) => each.path.endsWith("/9/link"))?.body).toEqual({ imported_id: 3 });
  });
});

describe("in privacy mode", () => {
  it("what is typed into an amount is veiled too", () => {
    usePreferences().hideAmounts = true;
    const split = mount(FlowSplit, { props: { flow: IMPORTED } });
    expect(split.findAll("input.veiled")).toHaveLength(2);
    expect(split.text()).not.toContain("0.1 BTC");
    const decision = mount(FlowDecision, { props: { flow: { ...IMPORTED, amount_usd: 9000, imported_amount_usd: 9214.44 } } });
    expect(decision.get("input[name=override_usd]").classes()).toContain("veiled");
    expect(decision.text()).not.toContain("$9,214");
  });
});
