import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";

import { askRefresh, readBalances } from "@/api";
import type { Balances } from "@/api/types";
import { coalesced } from "@/lib/coalesce";
import { problemFrom, type Problem } from "@/lib/problem";
import { parseInstant } from "@/lib/time";

import { useConnection } from "./connection";
import type { Currency } from "./preferences";

/** What is held now. Before the first complete reading nothing is known, whatever number the answer carries. */
export const usePortfolio = defineStore("portfolio", () => {
  const connection = useConnection();
  const answer = shallowRef<Balances | null>(null);
  const problem = shallowRef<Problem | null>(null);
  const previousTotalUsd = ref<number | null>(null);
  const refreshNote = ref("");

  const readAtMs = computed(() => parseInstant(answer.value?.timestamp));
  const isKnown = computed(() => readAtMs.value !== null);
  const totalUsd = computed(() => (isKnown.value ? (answer.value?.total_value_usd ?? null) : null));
  const rows = computed(() => (isKnown.value ? (answer.value?.balances ?? []) : []));
  const unpriced = computed(() => (isKnown.value ? (answer.value?.unpriced ?? []) : []));
  /** USD for one unit of each currency of the page, from the same prices as the balances; null while not known. */
  const rates = computed<Record<Currency, number | null>>(() => {
    const known = isKnown.value ? answer.value?.rates : undefined;
    return { USD: 1, EUR: known?.EUR ?? null, BTC: known?.BTC ?? null };
  });
  const isEmpty = computed(() => isKnown.value && rows.value.length === 0);
  const ageSeconds = computed(() =>
    readAtMs.value === null || connection.offsetMs === null
      ? null
      : Math.max(0, (connection.serverNowMs - readAtMs.value) / 1000),
  );

  function accept(next: Balances): void {
    connection.report(next.state, next.state_message);
    if (next.revision !== answer.value?.revision) previousTotalUsd.value = totalUsd.value;
    answer.value = next;
    problem.value = null;
  }

  const load = coalesced(async () => {
    try {
      accept(await readBalances());
    } catch (error) {
      problem.value = problemFrom(error);
    }
  });

  async function refresh(): Promise<void> {
    try {
      refreshNote.value = await askRefresh();
    } catch (error) {
      refreshNote.value = problemFrom(error).detail;
    }
  }

  return {
    answer, problem, previousTotalUsd, refreshNote,
    readAtMs, isKnown, totalUsd, rows, unpriced, rates, isEmpty, ageSeconds, load, refresh,
  };
});
