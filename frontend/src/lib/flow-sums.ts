/** What was paid in and taken out since tracking began; earlier money is inside the first value already. */

import type { CashFlow } from "@/api/types";

import type { MoneyUnit } from "./format";
import { flowAmount } from "./own-currency";
import { formatLocalDate, parseInstant } from "./time";

export type SummedFlow = Pick<CashFlow, "amount_usd" | "counted_usd" | "valuation_method" | "flow_class" | "linked_id" | "rates">;

export interface FlowSums {
  paidIn: number;
  takenOut: number;
  /** Net of the flows before tracking; null when there are none. */
  earlier: number | null;
  notValued: number;
  /** What all of them are counted in: USD where the rate of one of the flows is not known. */
  unit: MoneyUnit;
}

const PRE_TRACKING = "pre_tracking";

/** A cash flow whose value is not known yet. It is in no sum, and every sum that would hold it is not known either. */
export function isUnvalued(flow: SummedFlow): boolean {
  return flow.amount_usd === null && flow.flow_class === "external" && flow.linked_id === null;
}

export function flowSums(flows: readonly SummedFlow[], unit: MoneyUnit = "USD"): FlowSums {
  const sums: FlowSums = { paidIn: 0, takenOut: 0, earlier: null, notValued: 0, unit };
  for (const flow of flows) {
    const { counted_usd: usd, valuation_method: method } = flow;
    const amount = flowAmount(flow, usd, unit);
    if (isUnvalued(flow)) sums.notValued += 1;
    else if (usd === null) continue;
    else if (amount === null) return flowSums(flows);
    else if (method === PRE_TRACKING) sums.earlier = (sums.earlier ?? 0) + amount;
    else if (amount > 0) sums.paidIn += amount;
    else sums.takenOut -= amount;
  }
  return sums;
}

/** Net of everything counted up to and with each flow, by its id. Flows that are in no sum have none; nor has any behind a rate that is not known. */
export function runningNet(oldestFirst: readonly (SummedFlow & { id: number })[], unit: MoneyUnit = "USD"): ReadonlyMap<number, number> {
  const totals = new Map<number, number>();
  let net = 0;
  for (const flow of oldestFirst) {
    if (flow.counted_usd === null || flow.valuation_method === PRE_TRACKING) continue;
    const amount = flowAmount(flow, flow.counted_usd, unit);
    if (amount === null) break;
    net += amount;
    totals.set(flow.id, net);
  }
  return totals;
}

export interface FlowMonth {
  /** "2026-01" in the zone of the page. */
  month: string;
  /** An instant within it, for its name. */
  atMs: number;
  sums: FlowSums;
  flows: CashFlow[];
}

/** `newestFirst` cut by month; the sums are those of the whole month in `all`, however many of its flows are listed. */
export function byMonth(newestFirst: readonly CashFlow[], all: readonly CashFlow[], unit: MoneyUnit = "USD"): FlowMonth[] {
  const months = new Map<string, FlowMonth>();
  for (const flow of newestFirst) {
    const atMs = parseInstant(flow.timestamp) ?? 0;
    const month = monthOf(flow);
    const found = months.get(month);
    if (found) found.flows.push(flow);
    else months.set(month, { month, atMs, flows: [flow], sums: flowSums(all.filter((each) => monthOf(each) === month), unit) });
  }
  return [...months.values()];
}

function monthOf(flow: CashFlow): string {
  return formatLocalDate(parseInstant(flow.timestamp) ?? 0).slice(0, 7);
}
