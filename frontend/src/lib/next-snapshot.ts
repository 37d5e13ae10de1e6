import { formatMoment, parseInstant } from "./time";

/** When a return can be expected: says only what is known about the snapshot loop. */
export function nextSnapshotText(last: string | null, intervalSeconds: number | null, nowMs: number): string {
  const at = parseInstant(last);
  if (at === null) return "The first snapshot follows the first complete reading.";
  if (intervalSeconds === null) return "The next snapshot has not been announced.";
  const due = at + intervalSeconds * 1000;
  return due <= nowMs ? "The next snapshot is due now." : `The next snapshot is due at ${formatMoment(due, nowMs)}.`;
}
