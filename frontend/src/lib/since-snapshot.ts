import type { CashFlowList, PnlWindow } from "@/api/types";

import { parseInstant } from "./time";

/**
 * What prices did to the portfolio since the newest snapshot, in USD: total now, less that snapshot, less the flows
 * after it. Null when any part is unknown.
 */
export function sinceSnapshot(totalUsd: number | null, lifetime: PnlWindow | null, flows: CashFlowList | null): number | null {
  const snapshotAt = parseInstant(lifetime?.period_end);
  if (totalUsd === null || lifetime?.current_value == null || snapshotAt === null || flows === null) return null;
  let added = 0;
  for (const flow of flows.cashflows) {
    const counts = flow.flow_class === "external" && flow.linked_id === null;
    if (!counts || (parseInstant(flow.counted_at) ?? 0) <= snapshotAt) continue;
    if (flow.amount_usd === null) return null;
    added += flow.amount_usd;
  }
  return totalUsd - lifetime.current_value - added;
}
