import type { CashFlowList, PnlWindow } from "@/api/types";

import { isUnvalued } from "./flow-sums";
import { flowAmount, unitOf } from "./own-currency";
import { parseInstant } from "./time";

/**
 * What prices did to the portfolio since the newest snapshot, in the currency of `lifetime`: total now, less that
 * snapshot, less the flows that it does not contain. Null when any part is unknown, the value of such a flow included.
 */
export function sinceSnapshot(total: number | null, lifetime: PnlWindow | null, flows: CashFlowList | null): number | null {
  const snapshotAt = parseInstant(lifetime?.period_end);
  if (total === null || lifetime?.current_value == null || snapshotAt === null || flows === null) return null;
  let added = 0;
  for (const flow of flows.cashflows) {
    if ((parseInstant(flow.counted_at) ?? 0) <= snapshotAt) continue;
    if (isUnvalued(flow)) return null;
    const amount = flowAmount(flow, flow.counted_usd ?? 0, unitOf(lifetime));
    if (amount === null) return null;
    added += amount;
  }
  return total - lifetime.current_value - added;
}
