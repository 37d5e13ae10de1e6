import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";

import type { Suggestion, Twin } from "@/api/types";
import { readSuggestions, readTwins, refuseSuggestion, takeSuggestion } from "@/api/flows";
import type { CashFlow } from "@/api/types";
import { coalesced } from "@/lib/coalesce";
import { problemFrom, type Problem } from "@/lib/problem";
import { parseInstant } from "@/lib/time";

import { useCashFlows } from "./cashflows";
import { useConnection } from "./connection";

/** The server pairs flows within a day of each other; a little more, so that it alone decides. */
const NEAR_MS = 26 * 3_600_000;

/** Whether asking for twins can give any: a typed and an imported flow of one direction near each other. */
export function mayHaveTwins(flows: readonly CashFlow[]): boolean {
  return (["DEPOSIT", "WITHDRAW"] as const).some((type) => {
    const ofType = flows.filter((flow) => flow.type === type);
    const typed = instantsOf(ofType.filter((flow) => flow.source === "manual" && flow.linked_id === null));
    return areNear(typed, instantsOf(ofType.filter((flow) => flow.source === "exchange")));
  });
}

function instantsOf(flows: readonly CashFlow[]): number[] {
  return flows.map((flow) => parseInstant(flow.timestamp) ?? Number.NaN).sort((a, b) => a - b);
}

/** Whether any two of two sorted lists are near: one walk along both. */
function areNear(some: readonly number[], others: readonly number[]): boolean {
  let place = 0;
  return some.some((at) => {
    while ((others[place] ?? Infinity) < at - NEAR_MS) place += 1;
    return (others[place] ?? Infinity) <= at + NEAR_MS;
  });
}

/** What the owner is asked about cash flows: twins to link, and changes of balances without a record. */
export const useFlowOffers = defineStore("flowOffers", () => {
  const flows = useCashFlows();
  const connection = useConnection();
  const allTwins = shallowRef<Twin[]>([]);
  const suggestions = shallowRef<Suggestion[]>([]);
  const problem = shallowRef<Problem | null>(null);
  /** Pairs the owner called different, for this visit. */
  const left = ref<ReadonlySet<string>>(new Set());

  const twins = computed(() => allTwins.value.filter((twin) => !left.value.has(nameOf(twin))));

  function nameOf(twin: Twin): string {
    return `${String(twin.manual.id)} ${String(twin.imported.id)}`;
  }

  /** Asks only for what there can be: most accounts have neither, and a page load makes few requests. */
  const load = coalesced(async () => {
    try {
      suggestions.value = (connection.status?.suggestions ?? 0) > 0 ? await readSuggestions() : [];
      allTwins.value = mayHaveTwins(flows.answer?.cashflows ?? []) ? await readTwins() : [];
      problem.value = null;
    } catch (error) {
      problem.value = problemFrom(error);
    }
  });

  function leave(twin: Twin): void {
    left.value = new Set([...left.value, nameOf(twin)]);
  }

  /** The status counts the open suggestions, so it is read again after an answer. */
  async function answer(action: () => Promise<void>): Promise<Problem | null> {
    const failure = await flows.change(action);
    await connection.load();
    await load();
    return failure;
  }

  function accept(suggestion: Suggestion): Promise<Problem | null> {
    return answer(() => takeSuggestion(suggestion.id));
  }

  function refuse(suggestion: Suggestion): Promise<Problem | null> {
    return answer(() => refuseSuggestion(suggestion.id));
  }

  return { twins, suggestions, problem, load, leave, accept, refuse };
});
