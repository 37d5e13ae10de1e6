import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";

import { addCashFlow, deleteCashFlow, editCashFlow, readCashFlows } from "@/api";
import type { SplitPart } from "@/api/types";
import { linkFlows, splitFlow, unlinkFlow, unsplitFlow } from "@/api/flows";
import type { CashFlow, CashFlowChange, CashFlowList, NewCashFlow } from "@/api/types";
import { toNewFlow } from "@/lib/flow-form";
import { runningNet } from "@/lib/flow-sums";
import { freshKey } from "@/lib/fresh-key";
import { coalesced } from "@/lib/coalesce";
import { problemFrom, type Problem } from "@/lib/problem";

import { usePreferences } from "./preferences";

/** Deposits and withdrawals. Every change is written by the server first and then read back. */
export const useCashFlows = defineStore("cashflows", () => {
  const preferences = usePreferences();
  const answer = shallowRef<CashFlowList | null>(null);
  const problem = shallowRef<Problem | null>(null);
  const lastDeleted = shallowRef<CashFlow | null>(null);
  const undoProblem = shallowRef<Problem | null>(null);
  const busy = ref(false);
  /** True while the form for a new one is open; any part of the page may open it. */
  const isAdding = ref(false);

  const counted = computed(() => (answer.value?.cashflows ?? []).filter((flow) => flow.counted_usd !== null));
  const running = computed(() => runningNet(answer.value?.cashflows ?? [], preferences.currency));
  const newestFirst = computed(() => [...(answer.value?.cashflows ?? [])].reverse());

  const load = coalesced(async () => {
    try {
      answer.value = await readCashFlows();
      problem.value = null;
    } catch (error) {
      problem.value = problemFrom(error);
    }
  });

  /** Runs one change. Returns what went wrong, or null. */
  async function change(action: () => Promise<unknown>): Promise<Problem | null> {
    busy.value = true;
    try {
      await action();
      await load();
      return null;
    } catch (error) {
      return problemFrom(error);
    } finally {
      busy.value = false;
    }
  }

  function add(flow: NewCashFlow, idempotencyKey: string): Promise<Problem | null> {
    return change(() => addCashFlow(flow, idempotencyKey));
  }

  function edit(id: number, flow: CashFlowChange): Promise<Problem | null> {
    return change(() => editCashFlow(id, flow));
  }

  async function remove(flow: CashFlow): Promise<Problem | null> {
    const failure = await change(() => deleteCashFlow(flow.id));
    if (!failure) lastDeleted.value = flow;
    return failure;
  }

  /** Enters the deleted flow again, at its own time. */
  async function undoRemove(): Promise<void> {
    const flow = lastDeleted.value;
    if (!flow) return;
    undoProblem.value = await change(() => addCashFlow(toNewFlow(flow), freshKey()));
    if (!undoProblem.value) lastDeleted.value = null;
  }

  function link(manualId: number, importedId: number): Promise<Problem | null> {
    return change(() => linkFlows(manualId, importedId));
  }

  function unlink(manualId: number): Promise<Problem | null> {
    return change(() => unlinkFlow(manualId));
  }

  function split(id: number, parts: SplitPart[]): Promise<Problem | null> {
    return change(() => splitFlow(id, parts));
  }

  function unsplit(id: number): Promise<Problem | null> {
    return change(() => unsplitFlow(id));
  }

  function forgetDeleted(): void {
    lastDeleted.value = null;
    undoProblem.value = null;
  }

  return {
    answer, problem, lastDeleted, undoProblem, busy, isAdding, counted, running, newestFirst,
    load, change, add, edit, remove, undoRemove, forgetDeleted, link, unlink, split, unsplit,
  };
});
