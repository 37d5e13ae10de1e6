/** What was paid in and taken out since tracking began; earlier money is inside the first value already. */

export interface SummedFlow {
  /** Null while the flow has no value in USD. */
  amount_usd: number | null;
  valuation_method: string;
}

export interface FlowSums {
  paidIn: number;
  takenOut: number;
  /** Net of the flows before tracking; null when there are none. */
  earlier: number | null;
  notValued: number;
}

const PRE_TRACKING = "pre_tracking";

export function flowSums(flows: readonly SummedFlow[]): FlowSums {
  const sums: FlowSums = { paidIn: 0, takenOut: 0, earlier: null, notValued: 0 };
  for (const { amount_usd: amount, valuation_method: method } of flows) {
    if (amount === null) sums.notValued += 1;
    else if (method === PRE_TRACKING) sums.earlier = (sums.earlier ?? 0) + amount;
    else if (amount > 0) sums.paidIn += amount;
    else sums.takenOut -= amount;
  }
  return sums;
}
