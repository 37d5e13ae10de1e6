/** The codes of the ledger in words. A code that this page does not know yet stays readable. */

import { hasText, t } from "@/i18n";

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

export function classText(flowClass: string): string {
  return textOf("flows.class", flowClass);
}
