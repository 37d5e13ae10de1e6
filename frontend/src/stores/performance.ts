import { defineStore } from "pinia";
import { shallowRef } from "vue";

import { readStats, readWindow, type PerformanceWindow } from "@/api";
import type { Stats } from "@/api/types";
import { coalesced } from "@/lib/coalesce";
import { problemFrom, type Problem } from "@/lib/problem";
import { CARD_DAYS, TODAY_DAYS } from "@/lib/windows";

/** Returns and profit per window. Everything here comes from stored snapshots. */
export const usePerformance = defineStore("performance", () => {
  const windows = shallowRef<ReadonlyMap<number, PerformanceWindow>>(new Map());
  const stats = shallowRef<Stats | null>(null);
  const problem = shallowRef<Problem | null>(null);

  const load = coalesced(async () => {
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

  return { windows, stats, problem, load };
});
