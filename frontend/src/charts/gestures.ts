/** Wheel, drag and pinch on the chart. Distances are CSS pixels from the left edge of the surface. */

import { isWhole, lengthOf, panned, zoomed, type View } from "./view";

export interface Surface {
  view: () => View;
  domain: () => View;
  /** The plot's left and right edge. */
  plot: () => { left: number; right: number };
  look: (view: View) => void;
  /** The crosshair follows; null takes it away. */
  point: (x: number | null) => void;
  /** A stretch is being marked; null when the marking ends. */
  mark: (stretch: { from: number; to: number } | null) => void;
}

/** A shaking hand is not a drag. */
const DRAG_PX = 5;
/** What stands on the chart and answers for itself. */
const OWN = "button, [data-own]";
const LINE_PX = 16;
const PAGE_PX = 400;
const WHEEL_PER_PX = 0.0016;
const PINCH_PER_PX = 0.011;

interface Start {
  x: number;
  view: View;
  marks: boolean;
  moved: boolean;
}

export function attachGestures(element: HTMLElement, surface: Surface): () => void {
  const fingers = new Map<number, number>();
  let start: Start | null = null;
  let pinch: { times: [number, number] } | null = null;

  const placeOf = (event: MouseEvent): number => event.clientX - element.getBoundingClientRect().left;
  const msPerPx = (view: View): number => lengthOf(view) / Math.max(1, surface.plot().right - surface.plot().left);
  const timeAt = (x: number): number => surface.view().from + (x - surface.plot().left) * msPerPx(surface.view());

  function down(event: PointerEvent): void {
    if (event.button !== 0 || (event.target as Element).closest(OWN)) return;
    const x = placeOf(event);
    fingers.set(event.pointerId, x);
    element.setPointerCapture(event.pointerId);
    const [first, second] = [...fingers.values()];
    if (first !== undefined && second !== undefined) {
      pinch = { times: [timeAt(first), timeAt(second)] };
      start = null;
      surface.mark(null);
      return;
    }
    const marks = event.pointerType === "mouse" && (event.shiftKey || isWhole(surface.view(), surface.domain()));
    start = { x, view: surface.view(), marks, moved: false };
    surface.point(x);
  }

  /** Both fingers keep holding the instants they first touched. */
  function spread(): void {
    const [first, second] = [...fingers.values()];
    if (!pinch || first === undefined || second === undefined || Math.abs(second - first) < 8) return;
    const perPx = (pinch.times[1] - pinch.times[0]) / (second - first);
    if (!(perPx > 0)) return;
    const { left, right } = surface.plot();
    const from = pinch.times[0] - (first - left) * perPx;
    surface.look({ from, to: from + (right - left) * perPx });
  }

  function drag(x: number, touch: boolean): void {
    if (!start) return;
    start.moved ||= Math.abs(x - start.x) > DRAG_PX;
    if (!start.moved) return;
    if (start.marks) surface.mark({ from: Math.min(x, start.x), to: Math.max(x, start.x) });
    else if (touch && isWhole(start.view, surface.domain())) surface.point(x);
    else {
      surface.point(null);
      surface.look(panned(start.view, surface.domain(), (start.x - x) * msPerPx(start.view)));
    }
  }

  function move(event: PointerEvent): void {
    const x = placeOf(event);
    if (!fingers.has(event.pointerId)) {
      surface.point((event.target as Element).closest(OWN) ? null : x);
      return;
    }
    fingers.set(event.pointerId, x);
    if (pinch) spread();
    else drag(x, event.pointerType !== "mouse");
  }

  function up(event: PointerEvent): void {
    if (!fingers.delete(event.pointerId)) return;
    if (start?.marks && start.moved && event.type === "pointerup") {
      const [from = 0, to = 0] = [start.x, placeOf(event)].sort((a, b) => a - b).map(timeAt);
      surface.look({ from, to });
    }
    surface.mark(null);
    pinch = null;
    start = null;
  }

  function leave(event: PointerEvent): void {
    if (event.pointerType === "mouse" && !fingers.has(event.pointerId)) surface.point(null);
  }

  /** The page keeps scrolling unless the reader means the chart: with Ctrl, with a sideways wheel, or once it has the focus. */
  function wheel(event: WheelEvent): void {
    const unit = event.deltaMode === 0 ? 1 : event.deltaMode === 1 ? LINE_PX : PAGE_PX;
    const [across, along] = [event.deltaX * unit, event.deltaY * unit];
    const [view, domain] = [surface.view(), surface.domain()];
    const sideways = event.shiftKey && across === 0 ? along : Math.abs(across) > Math.abs(along) ? across : 0;
    const pinching = event.ctrlKey || event.metaKey;
    if (sideways !== 0) {
      if (isWhole(view, domain)) return;
      event.preventDefault();
      surface.look(panned(view, domain, sideways * msPerPx(view)));
    } else if (pinching || (element.contains(document.activeElement) && !(along > 0 && isWhole(view, domain)))) {
      event.preventDefault();
      surface.look(zoomed(view, domain, Math.exp(along * (pinching ? PINCH_PER_PX : WHEEL_PER_PX)), timeAt(placeOf(event))));
    }
  }

  function reset(event: MouseEvent): void {
    if (!(event.target as Element).closest(OWN)) surface.look(surface.domain());
  }

  const stop = new AbortController();
  const { signal } = stop;
  element.addEventListener("pointerdown", down, { signal });
  element.addEventListener("pointermove", move, { signal });
  for (const type of ["pointerup", "pointercancel"] as const) element.addEventListener(type, up, { signal });
  element.addEventListener("pointerleave", leave, { signal });
  element.addEventListener("wheel", wheel, { signal, passive: false });
  element.addEventListener("dblclick", reset, { signal });
  return () => { stop.abort(); };
}
