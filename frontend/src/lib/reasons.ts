/** Why a figure is not known, and what a flag on it means, in words. */

import { hasText, t } from "@/i18n";

function words(code: string): string {
  const text = code.replaceAll("_", " ").trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A code becomes a sentence; a sentence from the server stays as it is. */
export function reasonText(reason: string | null): string {
  if (!reason) return t("states.reason.none");
  const key = `states.reason.${reason}`;
  if (!reason.includes(" ") && hasText(key)) return t(key);
  return reason.includes(" ") ? reason : words(reason);
}

export function flagText(flag: string): string {
  const key = `states.flag.${flag}`;
  return hasText(key) ? t(key) : words(flag).toLowerCase();
}
