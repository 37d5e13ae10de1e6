import { defineStore } from "pinia";
import { shallowRef } from "vue";

import { readRange, readWindows, type PerformanceWindow } from "@/api";
import type { Stats } from "@/api/types";
import { coalesced } from "@/lib/coalesce";
import { problemFrom, type Problem } from "@/lib/problem";
import { sameSpan, type Span } from "@/lib/span";
import { CARD_DAYS, TODAY_DAYS } from "@/lib/windows";

/** Returns and profit per window, and of a period of the reader's own. Everything here comes from stored snapshots. */
export const usePerformance = defineStore("performance", () => {
  const windows = shallowRef<ReadonlyMap<number, PerformanceWindow>>(new Map());
  const stats = shallowRef<Stats | null>(null);
  const problem = shallowRef<Problem | null>(null);
  const span = shallowRef<Span | null>(null);
  /** Of `span`, or null while it is being read. */
  const spanWindow = shallowRef<PerformanceWindow | null>(null);
  const spanProblem = shallowRef<Problem | null>(null);

  let hasBegun = false;

  const loadWindows = coalesced(async () => {
    try {
      const answer = await readWindows([TODAY_DAYS, ...CARD_DAYS]);
      stats.value = answer.stats;
      windows.value = new Map(answer.windows.map((window) => [window.days, window]));
      problem.value = null;
    } catch (error) {
      problem.value = problemFrom(error);
    }
  });

  const loadSpan = coalesced(async () => {
    const asked = span.value;
    if (asked === null) return;
    try {
      const answer = await readRange({ start_date: asked.start, end_date: asked.end });
      if (sameSpan(asked, span.value)) [spanWindow.value, spanProblem.value] = [answer, null];
    } catch (error) {
      if (sameSpan(asked, span.value)) spanProblem.value = problemFrom(error);
    }
  });

  async function load(): Promise<void> {
    hasBegun = true;
    await Promise.all([loadWindows(), loadSpan()]);
  }

  /** Asks for a period of the reader's own; null takes it away. Figures of another period never stand under its name. */
  async function chooseSpan(next: Span | null): Promise<void> {
    if (sameSpan(next, span.value)) return;
    span.value = next;
    spanWindow.value = null;
    spanProblem.value = null;
    if (hasBegun) await loadSpan();
  }

  return { windows, stats, problem, span, spanWindow, spanProblem, load, chooseSpan };
});
