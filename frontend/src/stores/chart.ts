import { defineStore } from "pinia";
import { computed, ref, shallowRef, watch } from "vue";

import { readSeries } from "@/api";
import { isThinned, toColumns, type Columns, type Line } from "@/charts/columns";
import { sameSpan, type Span } from "@/charts/span";
import { coalesced } from "@/lib/coalesce";
import { problemFrom, type Problem } from "@/lib/problem";
import { DEFAULT_RANGE } from "@/lib/windows";

import { usePreferences } from "./preferences";

/** Enough for every screen; thinning on the server keeps the extremes. */
export const OVERVIEW_POINTS = 2000;
const EVERY_POINT = 0;

/** The lines behind the chart, for one span of time. Everything here comes from stored snapshots. */
export const useChart = defineStore("chart", () => {
  const span = shallowRef<Span>({ days: DEFAULT_RANGE });
  const columns = shallowRef<Columns | null>(null);
  /** The span that `columns` belongs to; it lags behind `span` while an answer is under way. */
  const shownSpan = shallowRef<Span | null>(null);
  const problem = shallowRef<Problem | null>(null);
  const isRefining = ref(false);
  const line = ref<Line>("twr");
  const isLog = ref(false);
  const showsDrawdown = ref(true);

  const preferences = usePreferences();
  let hasBegun = false;
  let wantsEveryPoint = false;

  const isCurrent = computed(() => sameSpan(shownSpan.value, span.value));

  const load = coalesced(async () => {
    hasBegun = true;
    const [asked, currency] = [span.value, preferences.currency];
    try {
      const answer = await readSeries(asked, wantsEveryPoint ? EVERY_POINT : OVERVIEW_POINTS, currency);
      if (currency !== preferences.currency) return; // it is being asked for anew
      columns.value = toColumns(answer);
      shownSpan.value = asked;
      problem.value = null;
    } catch (error) {
      problem.value = problemFrom(error);
    }
  });

  async function choose(next: Span): Promise<void> {
    if (sameSpan(next, span.value)) return;
    span.value = next;
    wantsEveryPoint = false;
    // Before the first read there is nothing to replace: that read takes the span from here.
    if (hasBegun) await load();
  }

  /** Reads every point of the span, once: for a closer look than the overview allows. Later reads stay complete. */
  async function refine(): Promise<void> {
    if (wantsEveryPoint || !columns.value || !isThinned(columns.value)) return;
    wantsEveryPoint = true;
    isRefining.value = true;
    await load();
    isRefining.value = false;
  }

  watch(
    () => preferences.currency,
    () => {
      if (hasBegun) void load();
    },
  );

  return { span, columns, shownSpan, problem, isCurrent, isRefining, line, isLog, showsDrawdown, load, choose, refine };
});
