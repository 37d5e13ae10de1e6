// @vitest-environment happy-dom
import { mount } from "@vue/test-utils";
import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it } from "vitest";

import CashFlowPanel from "@/components/CashFlowPanel.vue";
import { flowSums } from "@/lib/flow-sums";
import { useCashFlows } from "@/stores/cashflows";

import { flow } from "./answers";

const EARLIER = flow({ id: 2, amount_usd: 20_000, valuation_method: "pre_tracking" });
const OUT = flow({ id: 3, amount_usd: -250, type: "WITHDRAW" });

describe("the sums of cash flows", () => {
  it("begin with tracking", () => {
    expect(flowSums([EARLIER, flow(), OUT])).toEqual({ paidIn: 1000, takenOut: 250, earlier: 20_000, notValued: 0 });
  });

  it("tell earlier money that cancels out from none", () => {
    expect(flowSums([]).earlier).toBeNull();
    expect(flowSums([EARLIER, { ...EARLIER, amount_usd: -20_000 }]).earlier).toBe(0);
  });

  it("count what has no value instead of adding zero", () => {
    expect(flowSums([flow(), { amount_usd: null, valuation_method: "" }])).toMatchObject({ paidIn: 1000, notValued: 1 });
  });
});

describe("CashFlowPanel", () => {
  beforeEach(() => {
    localStorage.clear();
    setActivePinia(createPinia());
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

  it("is silent about it when there is none", () => {
    expect(textOf([flow()])).not.toMatch(/before tracking|not valued/);
  });
});
