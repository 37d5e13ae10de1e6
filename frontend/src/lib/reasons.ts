/** Why a figure is not known, and what a flag on it means, in words. */

const REASONS: Record<string, string> = {
  insufficient_data: "Needs two complete snapshots; the first hours are still being collected.",
  no_snapshots: "No snapshot has been taken yet.",
  no_data: "No snapshot has been taken yet.",
  below_minimum_base: "The portfolio held too little to measure a return against.",
  base_too_small: "The portfolio held too little to measure a return against.",
  unfunded: "The portfolio was empty in this period.",
  undefined_subperiod: "One stretch has no defined return, so the chain cannot be closed.",
};

const FLAGS: Record<string, string> = {
  partial_window: "tracked for less than the whole period",
  partial: "tracked for less than the whole period",
  approximate_flow: "at least one cash flow is valued approximately",
  approximate: "at least one cash flow is valued approximately",
  gap: "contains a time without funds",
  total_loss: "the portfolio was lost completely once",
  stale_end: "the last snapshot is old",
};

function words(code: string): string {
  const text = code.replaceAll("_", " ").trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A code becomes a sentence; a sentence from the server stays as it is. */
export function reasonText(reason: string | null): string {
  if (!reason) return "The server gives no reason.";
  return REASONS[reason] ?? (reason.includes(" ") ? reason : words(reason));
}

export function flagText(flag: string): string {
  return FLAGS[flag] ?? words(flag).toLowerCase();
}
