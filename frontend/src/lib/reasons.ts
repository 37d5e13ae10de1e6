/** Why a figure is not known, and what a flag on it means, in words. */

const REASONS: Record<string, string> = {
  insufficient_data: "Needs two complete snapshots; the first hours are still being collected.",
  no_capital: "The portfolio held too little to measure against.",
};

const FLAGS: Record<string, string> = {
  long_interval: "a flow lies in a long stretch without snapshots, so its effect is estimated",
  no_base: "contains a time without funds, which is left out",
  negative_value: "a value was negative, so that stretch has no return",
  implausible_flow: "a withdrawal larger than the portfolio is recorded; check its amount under cash flows",
  value_without_capital: "value appeared without a recorded deposit; it is not counted as return",
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
