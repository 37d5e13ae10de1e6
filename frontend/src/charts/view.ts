/** The visible stretch of time and how zooming and panning move it. Epoch milliseconds; never outside the domain. */

export interface View {
  from: number;
  to: number;
}

/** Closer than this there is nothing more to see: snapshots are usually an hour apart. */
const SHORTEST_MS = 2 * 3_600_000;

export function lengthOf(view: View): number {
  return view.to - view.from;
}

/** `view` with a length between the shortest and the domain's, moved inside the domain. */
export function clamped(view: View, domain: View): View {
  const longest = lengthOf(domain);
  const middle = (view.from + view.to) / 2;
  const length = Math.min(longest, Math.max(Math.min(SHORTEST_MS, longest), lengthOf(view)));
  const wanted = length === lengthOf(view) ? view.from : middle - length / 2;
  const from = Math.min(domain.to - length, Math.max(domain.from, wanted));
  return { from, to: from + length };
}

/** `factor` below 1 zooms in; the instant `at` keeps its place on the screen. */
export function zoomed(view: View, domain: View, factor: number, at: number): View {
  const length = Math.min(lengthOf(domain), Math.max(Math.min(SHORTEST_MS, lengthOf(domain)), lengthOf(view) * factor));
  const share = lengthOf(view) > 0 ? (at - view.from) / lengthOf(view) : 0.5;
  const from = at - share * length;
  return clamped({ from, to: from + length }, domain);
}

export function panned(view: View, domain: View, byMs: number): View {
  return clamped({ from: view.from + byMs, to: view.to + byMs }, domain);
}

/** Moves the view just far enough for `at` to lie inside it. */
export function revealed(view: View, domain: View, at: number): View {
  if (at < view.from) return panned(view, domain, at - view.from);
  return at > view.to ? panned(view, domain, at - view.to) : view;
}

/** A view on the way from one to another; `share` goes from 0 to 1. */
export function between(start: View, end: View, share: number): View {
  if (share >= 1) return end;
  return { from: start.from + (end.from - start.from) * share, to: start.to + (end.to - start.to) * share };
}

export function isWhole(view: View, domain: View): boolean {
  return lengthOf(view) >= lengthOf(domain);
}

/**
 * Where the view goes when new data widens the domain: one that showed everything still does, one that touched the end
 * follows it, any other stays where the reader put it.
 */
export function carried(view: View, before: View, after: View): View {
  if (isWhole(view, before)) return { ...after };
  if (view.to >= before.to) return clamped({ from: after.to - lengthOf(view), to: after.to }, after);
  return clamped(view, after);
}
