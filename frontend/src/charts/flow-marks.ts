/** Cash flows as marks on the time axis; those too near to be told apart share one mark. */

import type { CashFlow } from "@/api/types";
import type { MoneyUnit } from "@/lib/format";
import { toldIn } from "@/lib/own-currency";
import { parseInstant } from "@/lib/time";

export interface FlowMark {
  id: number;
  /** Where it stands among the snapshots. */
  x: number;
  deposit: boolean;
  /** What of it counts, in `unit`; null while it has no value in USD. */
  amount: number | null;
  /** The currency of the page, or USD where its rate at the flow's minute is not known. */
  unit: MoneyUnit;
  asset: string | null;
  quantity: number | null;
  note: string | null;
  source: CashFlow["source"];
}

export interface FlowGroup {
  x: number;
  flows: FlowMark[];
  kind: "deposit" | "withdrawal" | "both";
}

/** One without a price would count as soon as it had one. */
function counts(flow: CashFlow): boolean {
  if (flow.counted_usd !== null) return flow.counted_usd !== 0;
  return flow.amount_usd === null && flow.flow_class === "external" && flow.linked_id === null;
}

/** The flows that count, with what of them counts, oldest first. */
export function toMarks(flows: readonly CashFlow[], currency: MoneyUnit = "USD"): FlowMark[] {
  return flows
    .flatMap((flow) => {
      const x = parseInstant(flow.counted_at);
      if (x === null || !counts(flow)) return [];
      const { id, counted_usd: usd, asset, quantity, note, source } = flow;
      const told = toldIn(flow, usd, currency);
      return [{ id, x, deposit: usd === null ? flow.type === "DEPOSIT" : usd > 0, ...told, asset, quantity, note, source }];
    })
    .sort((a, b) => a.x - b.x);
}

function kindOf(flows: readonly FlowMark[]): FlowGroup["kind"] {
  if (flows.every((flow) => flow.deposit)) return "deposit";
  return flows.some((flow) => flow.deposit) ? "both" : "withdrawal";
}

/** Counted from the first flow of all, so that panning never regroups them. */
export function groupMarks(marks: readonly FlowMark[], reachMs: number): FlowGroup[] {
  const groups: FlowMark[][] = [];
  let start = -Infinity;
  for (const mark of marks) {
    if (mark.x - start >= reachMs || groups.length === 0) {
      groups.push([]);
      start = mark.x;
    }
    groups.at(-1)?.push(mark);
  }
  return groups.map((flows) => ({ x: flows[0]?.x ?? 0, flows, kind: kindOf(flows) }));
}
