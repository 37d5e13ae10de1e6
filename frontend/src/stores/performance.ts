import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";

import { readHistory, readStats, readWindow, type PerformanceWindow } from "@/api";
import type { Stats } from "@/api/types";
import { toSeries, type Series } from "@/charts/series";
import { coalesced } from "@/lib/coalesce";
import { problemFrom, type Problem } from "@/lib/problem";
import { CARD_DAYS, DEFAULT_RANGE, isRange, TODAY_DAYS } from "@/lib/windows";

/** Returns and profit per window, and the series behind the chart. Everything here comes from stored snapshots. */
export const usePerformance = defineStore("performance", () => {
  const windows = shallowRef<ReadonlyMap<number, PerformanceWindow>>(new Map());
  const stats = shallowRef<Stats | null>(null);
  const series = shallowRef<Series | null>(null);
  const seriesDays = ref<number | null>(null);
  const range = ref<number>(DEFAULT_RANGE);
  const problem = shallowRef<Problem | null>(null);
  const historyProblem = shallowRef<Problem | null>(null);

  let hasBegun = false;

  const isSeriesCurrent = computed(() => seriesDays.value === range.value);

  const loadWindows = coalesced(async () => {
    try {
      const days = [TODAY_DAYS, ...CARD_DAYS];
      const [nextStats, ...answers] = await Promise.all([readStats(), ...days.map((count) => readWindow(count))]);
      stats.value = nextStats;
      windows.value = new Map(answers.map((answer, index) => [days[index] ?? 0, answer]));
      problem.value = null;
    } catch (error) {
      problem.value = problemFrom(error);
    }
  });

  const loadHistory = coalesced(async () => {
    hasBegun = true;
    const days = range.value;
    try {
      series.value = toSeries(await readHistory(days));
      seriesDays.value = days;
      historyProblem.value = null;
    } catch (error) {
      historyProblem.value = problemFrom(error);
    }
  });

  async function load(): Promise<void> {
    await Promise.all([loadWindows(), loadHistory()]);
  }

  async function choose(days: number): Promise<void> {
    if (!isRange(days) || days === range.value) return;
    range.value = days;
    // Before the first read there is nothing to replace: that read takes the range from here.
    if (hasBegun) await loadHistory();
  }

  return { windows, stats, series, seriesDays, range, problem, historyProblem, isSeriesCurrent, load, choose };
});
