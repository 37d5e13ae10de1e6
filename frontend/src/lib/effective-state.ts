/** One state for the whole page, from what the server says and from what this page itself knows. */

import type { Link } from "@/api/stream";

export interface StateInputs {
  reported: string | null;
  isKnown: boolean;
  ageSeconds: number | null;
  intervalSeconds: number;
  link: Link;
  unreachable: boolean;
  lostForSeconds: number;
}

const PATIENCE_SECONDS = 5;

/**
 * The server's word counts, with two exceptions: a page whose server answers nothing at all says so, and a "live" that has grown
 * older than three intervals is not live, whatever was true when it was sent.
 */
export function effectiveState(inputs: StateInputs): string {
  const { reported, isKnown, ageSeconds, intervalSeconds, link, unreachable, lostForSeconds } = inputs;
  // A stream whose network has gone still looks open for minutes; a reading that is due and cannot be fetched tells.
  const isDue = ageSeconds !== null && ageSeconds > intervalSeconds + PATIENCE_SECONDS;
  if (unreachable && (link === "open" ? isDue : lostForSeconds >= PATIENCE_SECONDS)) return "offline";
  if (reported === null) return "connecting";
  if (reported !== "live") return !isKnown && reported === "stale" ? "connecting" : reported;
  if (!isKnown) return "connecting";
  return ageSeconds !== null && ageSeconds > 3 * intervalSeconds ? "stale" : "live";
}
