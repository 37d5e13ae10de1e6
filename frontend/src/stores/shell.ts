import { defineStore } from "pinia";
import { ref, shallowRef } from "vue";

import type { Span } from "@/lib/span";

export type Dialog = "settings" | "palette" | "help";

/** A window of the last `days` (0 is all), or a period of the reader's own. */
export interface Explained {
  days?: number;
  period?: Span;
  figure: "twr" | "pnl";
}

/** Which of the page's own windows stands open. Nothing here outlives the visit. */
export const useShell = defineStore("shell", () => {
  /** The first figures are there; until then the boot screen stands. */
  const isReady = ref(false);
  const dialog = ref<Dialog | null>(null);
  /** The figure whose working is shown. */
  const explained = shallowRef<Explained | null>(null);

  function open(next: Dialog): void {
    dialog.value = next;
  }

  function close(): void {
    dialog.value = null;
  }

  return { isReady, dialog, explained, open, close };
});
