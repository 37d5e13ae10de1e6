/** The codes of the ledger in words. A code that this page does not know yet stays readable. */

import { hasText, t } from "@/i18n";

import { walletName } from "./states";

function textOf(path: string, code: string): string {
  const key = `${path}.${code}`;
  return hasText(key) ? t(key) : code.replaceAll("_", " ");
}

export function kindText(kind: string): string {
  return textOf("ledger.kind", kind);
}

export function sourceText(source: string): string {
  return textOf("ledger.source", source);
}

/** A wallet as the exchange's own total names it ("usd-m futures"), which is coarser than ours. */
export function totalText(wallet: string): string {
  const key = `ledger.total.${wallet.toLowerCase().replace(/[^a-z]+/g, "_")}`;
  return hasText(key) ? t(key) : walletName(wallet);
}

export function classText(flowClass: string): string {
  return textOf("flows.class", flowClass);
}
