import type { CashFlowList, PnlWindow } from "@/api/types";

import { parseInstant } from "./time";

/**
 * What prices did to the portfolio since the newest snapshot, in USD: total now, less that snapshot, less the flows
 * after it. Null when any part is unknown.
 */
export function sinceSnapshot(totalUsd: number | null, lifetime: PnlWindow | null, flows: CashFlowList | null): number | null {
  const snapshotAt = parseInstant(lifetime?.period_end);
  if (totalUsd === null || lifetime?.current_value == null || snapshotAt === null || flows === null) return null;
  const added = flows.cashflows
    .filter((flow) => (parseInstant(flow.timestamp) ?? 0) > snapshotAt)
    .reduce((sum, flow) => sum + flow.amount_usd, 0);
  return totalUsd - lifetime.current_value - added;
}
