// @vitest-environment happy-dom
import { mount } from "@vue/test-utils";
import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { effectScope, ref } from "vue";

import type { Preview, PreviewRequest } from "@/api/types";
import CashFlowForm from "@/components/CashFlowForm.vue";
import FlowDelete from "@/components/flows/FlowDelete.vue";
import FlowPreview from "@/components/flows/FlowPreview.vue";
import { useFlowPreview } from "@/composables/useFlowPreview";
import { previewRows } from "@/lib/flow-preview";
import { usePreferences } from "@/stores/preferences";

import { flow, pnl, twr } from "./answers";
import { FakeServer } from "./fake-server";

function preview(change: Partial<Preview> = {}): Preview {
  const before = { twr: twr(7), pnl: pnl(7) };
  return {
    amount_usd: 1000, valuation_method: "exact", snapshots_changed: 12, flags: [],
    windows: [{ days: 7, before, after: { twr: twr(7, { twr_percent: 9 }), pnl: pnl(7, { pnl_usd: -900 }) } }, { days: 30, before, after: before }],
    ...change,
  };
}

let server: FakeServer;

beforeEach(() => {
  localStorage.clear();
  setActivePinia(createPinia());
  server = new FakeServer();
  vi.useFakeTimers();
});

afterEach(() => vi.useRealTimers());

describe("the rows of a preview", () => {
  it("tell a change from what only rounding would show", () => {
    const [changed, same] = previewRows(preview());
    expect(changed?.twr).toEqual({ before: 10, after: 9, isSame: false, isUnrated: false });
    expect(same?.pnl.isSame).toBe(true);
    const tiny = { twr: twr(7, { twr_percent: 10.0001 }), pnl: pnl(7, { pnl_usd: null }) };
    const [row] = previewRows(preview({ windows: [{ days: 7, before: { twr: twr(7), pnl: pnl(7) }, after: tiny }] }));
    expect(row?.twr.isSame).toBe(true);
    expect(row?.pnl).toEqual({ before: 100, after: null, isSame: false, isUnrated: false });
  });

  it("count in their own currency, to its last digit", () => {
    const inBitcoin = (amount: number | null) => ({ twr: twr(7, { currency: "BTC" }), pnl: pnl(7, { currency: "BTC", pnl: amount, reason: amount === null ? "rate_unknown" : null }) });
    const rows = (before: number | null, after: number | null) =>
      previewRows(preview({ currency: "BTC", windows: [{ days: 7, before: inBitcoin(before), after: inBitcoin(after) }] }));
    expect(rows(0.01, 0.01001)[0]?.pnl).toMatchObject({ before: 0.01, after: 0.01001, isSame: false });
    expect(rows(0.01, 0.01 + 1e-9)[0]?.pnl.isSame).toBe(true);
    expect(rows(0.01, null)[0]?.pnl).toEqual({ before: 0.01, after: null, isSame: false, isUnrated: true });
    expect(rows(null, null)[0]?.pnl.isSame, "nobody knows that it stays the same").toBe(false);
    const none = { twr: twr(7, { currency: "BTC", twr_percent: null, reason: "insufficient_data" }), pnl: pnl(7, { currency: "BTC", pnl: null, reason: "insufficient_data" }) };
    expect(previewRows(preview({ currency: "BTC", windows: [{ days: 7, before: none, after: none }] }))[0]).toMatchObject({ twr: { isSame: true }, pnl: { isSame: true } });
  });

  it("are shown as before and after, unknown in words, amounts hidden on demand", async () => {
    const wrapper = mount(FlowPreview, { props: { preview: preview(), problem: null, isReading: false } });
    const text = wrapper.text().replace(/\s+/g, " ");
    expect(text).toMatch(/\+10\.00 % →\s*then \+9\.00 %/);
    expect(text).toContain("12 snapshots are recomputed");
    expect(text).toContain("30 d: unchanged");
    usePreferences().hideAmounts = true;
    await wrapper.vm.$nextTick();
    expect(wrapper.text()).not.toMatch(/\$/);
    await wrapper.setProps({ preview: preview({ windows: [{ days: 7, before: { twr: twr(7), pnl: pnl(7) }, after: { twr: twr(7, { twr_percent: null }), pnl: pnl(7) } }] }) });
    expect(wrapper.text()).toContain("not known");
  });
});

describe("a preview in euros", () => {
  const euro = { currency: "EUR" } as const;
  const known = { twr: twr(7, euro), pnl: pnl(7, { ...euro, pnl: 90 }) };
  const unknown = { twr: twr(7, { ...euro, twr_percent: 8 }), pnl: pnl(7, { ...euro, pnl: null, reason: "rate_unknown" }) };
  const windowsOf = (before: typeof known, after: typeof known) => ({ ...euro, windows: [{ days: 7, before, after }] });
  const shown = (change: Partial<Preview>, inCoins = false): string =>
    mount(FlowPreview, { props: { preview: preview({ ...euro, amount: null, ...change }), problem: null, isReading: false, inCoins } }).text().replace(/\s+/g, " ");
  const PENDING = "What 1 EUR cost at that minute is asked for after saving";
  const UNRATED = "Needs a rate of that time which is not known";

  it("shows its amounts with their sign, and no dollars", () => {
    const after = { twr: twr(7, { ...euro, twr_percent: 8 }), pnl: pnl(7, { ...euro, pnl: -70 }) };
    const text = shown({ amount: 900, ...windowsOf(known, after) }, true);
    expect(text).toMatch(/\+€90\.00 →\s*then −€70\.00/);
    expect(text).toContain("worth +€900.00 at that minute");
    expect(text).not.toMatch(/\$|Measured in USD/);
  });

  it("says that a profit is not known yet, and when it will be", () => {
    const text = shown({ ...windowsOf(known, unknown), flags: ["rates_pending", "valuation_pending"] });
    expect(text).toMatch(/\+€90\.00 →\s*then not known/);
    expect(text).toMatch(/\+10\.00 % →\s*then \+8\.00 %/);
    expect(text).toContain(PENDING);
    expect(text).toContain("! approximate until");
    expect(text).not.toContain(UNRATED);
    expect(text).not.toContain("! what 1");
  });

  it("gives no hope where the rate is not what saving brings", () => {
    const lost = shown(windowsOf(known, unknown));
    expect(lost).toContain(UNRATED);
    expect(lost).not.toContain(PENDING);
    const before = shown({ ...windowsOf(unknown, unknown), flags: ["rates_pending"] });
    expect(before).toContain(UNRATED);
    expect(before).toContain(PENDING);
    expect(before).not.toContain("No figure changes");
  });

  it("is in dollars where the rate of its own amount is missing, and says nothing of rates that no figure needs", () => {
    expect(shown({ ...windowsOf(known, unknown), flags: ["rates_pending"] }, true)).toContain("worth +$1,000.00 at that minute");
    expect(shown({ amount_usd: null, ...windowsOf(known, known) }, true)).toContain("No price is known for that minute");
    expect(shown({ ...windowsOf(known, known), flags: ["rates_pending"] })).not.toContain(PENDING);
  });
});

describe("useFlowPreview", () => {
  const ask = (amount: number): PreviewRequest => ({ action: "add", type: "DEPOSIT", amount_usd: amount });

  it("waits for a pause in typing and shows the answer to the newest question only", async () => {
    const answers: ((body: { body: Preview }) => void)[] = [];
    server.on("POST /api/performance/cashflows/preview", () => new Promise((answer) => answers.push(answer)));
    const amount = ref<number | null>(1);
    const scope = effectScope();
    const state = scope.run(() => useFlowPreview(() => (amount.value === null ? null : ask(amount.value))));
    if (!state) throw new Error("no scope");
    amount.value = 2;
    await vi.advanceTimersByTimeAsync(300);
    expect(server.seen).toHaveLength(0);
    expect(state.isReading.value).toBe(true);
    await vi.advanceTimersByTimeAsync(200);
    expect(server.seen.map((each) => each.body)).toEqual([ask(2)]);
    amount.value = 3;
    await vi.advanceTimersByTimeAsync(500);
    answers[0]?.({ body: preview({ amount_usd: 2 }) });
    await vi.advanceTimersByTimeAsync(1);
    expect(state.preview.value).toBeNull();
    answers[1]?.({ body: preview({ amount_usd: 3 }) });
    await vi.advanceTimersByTimeAsync(1);
    expect(state.preview.value?.amount_usd).toBe(3);
    expect(state.isReading.value).toBe(false);
    amount.value = null;
    await vi.advanceTimersByTimeAsync(1);
    expect(state.preview.value).toBeNull();
    scope.stop();
  });
});

describe("the question of a preview", () => {
  it("names the currency of the page, and is asked anew when that changes", async () => {
    server.on("POST /api/performance/cashflows/preview", () => ({ body: preview() }));
    const scope = effectScope();
    scope.run(() => useFlowPreview(() => ({ action: "delete", id: 7 })));
    await vi.advanceTimersByTimeAsync(500);
    usePreferences().currency = "EUR";
    await vi.advanceTimersByTimeAsync(500);
    const path = "POST /api/performance/cashflows/preview";
    expect(server.paths()).toEqual([path, `${path}?currency=EUR`]);
    expect(server.seen.map((each) => each.body)).toEqual([{ action: "delete", id: 7 }, { action: "delete", id: 7 }]);
    scope.stop();
  });
});

describe("FlowDelete", () => {
  it("takes its question back once it is answered, whether it was sent or not", async () => {
    server.on("POST /api/performance/cashflows/preview", () => new Promise(() => undefined));
    server.on("DELETE /api/performance/cashflows/7", () => ({ status: 503, body: { detail: "Busy.", errors: [] } }));
    const questions = (): boolean[] => server.seen.filter((each) => each.method === "POST").map((each) => each.signal.aborted);
    const wrapper = mount(FlowDelete, { props: { flow: flow({ id: 7 }), name: "this one" }, attachTo: document.body });
    await vi.advanceTimersByTimeAsync(500);
    expect(questions()).toEqual([false]);
    await wrapper.get("button.danger").trigger("click");
    expect(questions()).toEqual([true]);
    await vi.advanceTimersByTimeAsync(300);
    await wrapper.get("button.danger").trigger("click");
    await vi.advanceTimersByTimeAsync(200);
    expect(questions(), "not sent while it is tried again").toEqual([true]);
    await vi.advanceTimersByTimeAsync(500);
    expect(questions(), "asked anew after a failure").toEqual([true, false]);
    wrapper.unmount();
  });
});

describe("CashFlowForm", () => {
  it("asks with what would be sent, shows a refusal at its field, and asks nothing for a note", async () => {
    server.on("POST /api/performance/cashflows/preview", () => ({
      status: 422, body: { detail: "A field is wrong.", errors: [{ pointer: "/amount_usd", code: "range", detail: "Too much." }] },
    }));
    const wrapper = mount(CashFlowForm, { props: { flow: null } });
    await wrapper.get("input[name=note]").setValue("hello");
    await vi.advanceTimersByTimeAsync(500);
    expect(server.seen).toHaveLength(0);
    await wrapper.get("input[name=amount_usd]").setValue("1,000");
    await vi.advanceTimersByTimeAsync(500);
    expect(server.seen[0]?.body).toEqual({ action: "add", type: "DEPOSIT", amount_usd: 1000 });
    expect(wrapper.text()).toContain("Too much.");
    expect(wrapper.text()).toContain("read as $1,000.00");
    await wrapper.get("input[name=note]").setValue("hello again");
    await vi.advanceTimersByTimeAsync(500);
    expect(server.seen).toHaveLength(1);
  });

  it("forgets what was wrong with a field once it is written anew", async () => {
    const wrapper = mount(CashFlowForm, { props: { flow: null } });
    await wrapper.get("input[value=coin]").setValue();
    await wrapper.get("form").trigger("submit");
    const isWrong = (name: string): string | undefined => wrapper.get(`input[name=${name}]`).attributes("aria-invalid");
    expect([isWrong("asset"), isWrong("quantity")]).toEqual(["true", "true"]);
    await wrapper.get("input[name=quantity]").setValue("0.5");
    expect([isWrong("asset"), isWrong("quantity")]).toEqual(["true", "false"]);
  });

  it("says when a flow of now will count, instead of only that nothing changes", async () => {
    const before = { twr: twr(7), pnl: pnl(7) };
    const nothing = preview({ windows: [{ days: 7, before, after: before }], snapshots_changed: 0, flags: ["valuation_pending"] });
    const wrapper = mount(FlowPreview, { props: { preview: nothing, problem: null, isReading: false } });
    expect(wrapper.text()).toContain("No figure changes yet: it counts from the next snapshot on.");
    await wrapper.setProps({ preview: { ...nothing, flags: [] } });
    expect(wrapper.text()).toContain("No figure changes.");
  });

  it("previews only what an edit changes", async () => {
    server.on("POST /api/performance/cashflows/preview", () => ({ body: preview() }));
    const wrapper = mount(CashFlowForm, { props: { flow: flow({ id: 7 }) } });
    await vi.advanceTimersByTimeAsync(500);
    expect(server.seen).toHaveLength(0);
    await wrapper.get("input[name=amount_usd]").setValue("900");
    await vi.advanceTimersByTimeAsync(500);
    expect(server.seen[0]?.body).toEqual({ action: "edit", id: 7, type: "DEPOSIT", amount_usd: 900 });
    expect(wrapper.text()).toContain("12 snapshots are recomputed");
  });
});
