import { defineStore } from "pinia";
import { ref } from "vue";

export type Dialog = "settings" | "palette" | "help";

/** Which of the page's own windows stands open. Nothing here outlives the visit. */
export const useShell = defineStore("shell", () => {
  const dialog = ref<Dialog | null>(null);
  /** Days of the return whose working is shown. */
  const explained = ref<number | null>(null);

  function open(next: Dialog): void {
    dialog.value = next;
  }

  function close(): void {
    dialog.value = null;
  }

  return { dialog, explained, open, close };
});
