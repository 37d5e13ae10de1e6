import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from "vue";

import { isThinned, nearestTo, firstAt, type Columns } from "@/charts/columns";
import { sameSpan, type Span } from "@/charts/span";
import { between, carried, clamped, isWhole, lengthOf, panned, revealed, zoomed, type View } from "@/charts/view";
import { useChart } from "@/stores/chart";

/** With fewer points than this in view the overview looks coarse, and every point is asked for. */
const COARSE_BELOW = 1_000;
/** A view on the move is not worth a large read yet. */
const REST_MS = 180;
const GLIDE_MS = 160;
const NO_VIEW: View = { from: 0, to: 0 };

export interface ChartView {
  view: ShallowRef<View>;
  domain: ComputedRef<View>;
  isZoomed: ComputedRef<boolean>;
  /** The instant under the crosshair; null without one. */
  cursorAt: Ref<number | null>;
  /** Index of the point under the crosshair, or -1. */
  cursor: ComputedRef<number>;
  /** True while keys, not a pointer, have put the crosshair there. */
  isByKeys: Ref<boolean>;
  look: (view: View) => void;
  /** Puts the crosshair on an instant, or takes it away. */
  point: (at: number | null) => void;
  zoom: (factor: number) => void;
  pan: (share: number) => void;
  reset: () => void;
  /** Moves the crosshair by points, at least a pixel of `pixels` at a time. */
  step: (points: number, pixels: number) => void;
}

function domainOf(columns: Columns | null): View {
  const { times } = columns ?? {};
  return times?.length ? { from: times[0] ?? 0, to: times.at(-1) ?? 0 } : NO_VIEW;
}

/** What part of the series is looked at, and where the crosshair stands. Asks for every point when looked at closely. */
export function useChartView(): ChartView {
  const chart = useChart();
  const view = shallowRef<View>(domainOf(chart.columns));
  const cursorAt = ref<number | null>(null);
  const isByKeys = ref(false);
  const domain = computed(() => domainOf(chart.columns));
  const isZoomed = computed(() => !isWhole(view.value, domain.value));
  const cursor = computed(() => (cursorAt.value === null || !chart.columns ? -1 : nearestTo(chart.columns.times, cursorAt.value)));
  let rest: ReturnType<typeof setTimeout> | undefined;

  /** Where a glide will end; keys pressed meanwhile count from there. */
  let goal: View | null = null;
  let gliding = 0;

  function halt(): void {
    cancelAnimationFrame(gliding);
    goal = null;
  }

  function look(next: View): void {
    halt();
    view.value = clamped(next, domain.value);
  }

  /** Goes there in a few frames, so that the eye can follow; at once for those who want no motion. */
  function glide(next: View): void {
    halt();
    if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) {
      view.value = next;
      return;
    }
    goal = next;
    const start = view.value;
    const began = performance.now();
    const move = (now: number): void => {
      const done = Math.min(1, Math.max(0, (now - began) / GLIDE_MS));
      view.value = between(start, next, 1 - (1 - done) ** 3);
      if (done < 1) gliding = requestAnimationFrame(move);
      else goal = null;
    };
    gliding = requestAnimationFrame(move);
  }

  function point(at: number | null): void {
    isByKeys.value = false;
    cursorAt.value = at;
  }

  function zoom(factor: number): void {
    const base = goal ?? view.value;
    const { from, to } = base;
    const at = cursorAt.value !== null && cursorAt.value >= from && cursorAt.value <= to ? cursorAt.value : (from + to) / 2;
    glide(zoomed(base, domain.value, factor, at));
  }

  function pan(share: number): void {
    const base = goal ?? view.value;
    glide(panned(base, domain.value, lengthOf(base) * share));
  }

  function pointsInView(columns: Columns): number {
    return firstAt(columns.times, view.value.to) - firstAt(columns.times, view.value.from);
  }

  function step(points: number, pixels: number): void {
    const { columns } = chart;
    if (!columns || columns.times.length === 0) return;
    const last = columns.times.length - 1;
    const stride = Math.max(1, Math.round(pointsInView(columns) / Math.max(1, pixels)));
    const from = cursor.value < 0 ? last : cursor.value;
    const at = columns.times[Math.min(last, Math.max(0, from + points * stride))] ?? 0;
    halt();
    isByKeys.value = true;
    cursorAt.value = at;
    view.value = revealed(view.value, domain.value, at);
  }

  let shown: Span | null = chart.shownSpan;
  watch(
    () => chart.columns,
    (_, before) => {
      // Points that come during a glide must not leave the view half-way.
      const aim = goal ?? view.value;
      halt();
      view.value = sameSpan(shown, chart.shownSpan) ? carried(aim, domainOf(before ?? null), domain.value) : domain.value;
      if (!sameSpan(shown, chart.shownSpan)) cursorAt.value = null;
      shown = chart.shownSpan;
    },
  );
  watch(view, () => {
    clearTimeout(rest);
    const { columns } = chart;
    if (!columns || !isZoomed.value || !isThinned(columns) || pointsInView(columns) >= COARSE_BELOW) return;
    rest = setTimeout(() => void chart.refine(), REST_MS);
  });
  onScopeDispose(() => {
    clearTimeout(rest);
    halt();
  });

  return { view, domain, isZoomed, cursorAt, cursor, isByKeys, look, point, zoom, pan, reset: () => { glide(domain.value); }, step };
}
