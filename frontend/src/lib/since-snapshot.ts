import type { CashFlowList, PnlWindow } from "@/api/types";

import { isCounted } from "./flow-sums";
import { parseInstant } from "./time";

/**
 * What prices did to the portfolio since the newest snapshot, in USD: total now, less that snapshot, less the flows
 * after it. Null when any part is unknown, the value of such a flow included.
 */
export function sinceSnapshot(totalUsd: number | null, lifetime: PnlWindow | null, flows: CashFlowList | null): number | null {
  const snapshotAt = parseInstant(lifetime?.period_end);
  if (totalUsd === null || lifetime?.current_value == null || snapshotAt === null || flows === null) return null;
  let added = 0;
  for (const flow of flows.cashflows) {
    if (!isCounted(flow) || (parseInstant(flow.timestamp) ?? 0) <= snapshotAt) continue;
    const amount = flow.amount_usd as number | null;
    if (amount === null) return null;
    added += amount;
  }
  return totalUsd - lifetime.current_value - added;
}
