import { defineStore } from "pinia";
import { shallowRef, watch } from "vue";

import { readRange, readWindows, type PerformanceWindow } from "@/api";
import type { Stats } from "@/api/types";
import { coalesced } from "@/lib/coalesce";
import { problemFrom, type Problem } from "@/lib/problem";
import { sameSpan, type Span } from "@/lib/span";
import { startOfDay } from "@/lib/time";
import { CARD_DAYS, DAY_DAYS } from "@/lib/windows";
import { unitOf } from "@/lib/own-currency";

import { useConnection } from "./connection";
import { usePreferences } from "./preferences";

/** Returns and profit per window, and of a period of the reader's own. Everything here comes from stored snapshots. */
export const usePerformance = defineStore("performance", () => {
  const windows = shallowRef<ReadonlyMap<number, PerformanceWindow>>(new Map());
  const stats = shallowRef<Stats | null>(null);
  const problem = shallowRef<Problem | null>(null);
  const span = shallowRef<Span | null>(null);
  /** Of `span`, or null while it is being read. */
  const spanWindow = shallowRef<PerformanceWindow | null>(null);
  const spanProblem = shallowRef<Problem | null>(null);
  /** From which midnight on, and its window. */
  const today = shallowRef<{ fromMs: number; window: PerformanceWindow } | null>(null);

  const preferences = usePreferences();
  const connection = useConnection();
  let hasBegun = false;

  const loadWindows = coalesced(async () => {
    try {
      const currency = preferences.currency;
      const fromMs = startOfDay(connection.serverNowMs);
      const answer = await readWindows([DAY_DAYS, ...CARD_DAYS], currency, new Date(fromMs).toISOString());
      if (currency !== preferences.currency) return; // it is being asked for anew
      stats.value = answer.stats;
      windows.value = new Map(answer.windows.map((window) => [window.days, window]));
      today.value = answer.since ? { fromMs, window: answer.since } : null;
      problem.value = null;
    } catch (error) {
      problem.value = problemFrom(error);
      dropOthers();
    }
  });

  const loadSpan = coalesced(async () => {
    const [asked, currency] = [span.value, preferences.currency];
    if (asked === null) return;
    try {
      const answer = await readRange({ start_date: asked.start, end_date: asked.end }, currency);
      if (sameSpan(asked, span.value) && currency === preferences.currency) [spanWindow.value, spanProblem.value] = [answer, null];
    } catch (error) {
      if (sameSpan(asked, span.value)) spanProblem.value = problemFrom(error);
      dropOthers();
    }
  });

  /** A return carries no sign of its currency: what was told in another one is not shown on when the new one cannot be read. */
  function dropOthers(): void {
    const isOwn = (window: PerformanceWindow): boolean => unitOf(window.pnl) === preferences.currency;
    if (![...windows.value.values()].every(isOwn)) [windows.value, today.value] = [new Map(), null];
    if (spanWindow.value !== null && !isOwn(spanWindow.value)) spanWindow.value = null;
  }

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

  watch(
    [() => preferences.currency, () => startOfDay(connection.serverNowMs)],
    () => {
      if (hasBegun) void load();
    },
  );

  return { windows, today, stats, problem, span, spanWindow, spanProblem, load, chooseSpan };
});
