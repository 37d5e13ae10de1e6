import { onScopeDispose, ref, watch, watchEffect } from "vue";

import { painted } from "@/lib/breathe";
import { usePreferences } from "@/stores/preferences";

/** True while the page is being put on paper, where green on black is pale green on white. */
function usePrinting(): { value: boolean } {
  const printer = window.matchMedia("print");
  const isPrinting = ref(printer.matches);
  const changed = (): void => {
    isPrinting.value = printer.matches;
  };
  printer.addEventListener("change", changed);
  onScopeDispose(() => { printer.removeEventListener("change", changed); });
  return isPrinting;
}

/** Puts theme and scanlines on the document; the browser's own bar takes the ground's colour. */
export function useTheme(): void {
  const preferences = usePreferences();
  const isPrinting = usePrinting();
  watchEffect(
    () => {
      const root = document.documentElement;
      root.dataset.theme = isPrinting.value ? "paper" : preferences.theme;
      root.toggleAttribute("data-scanlines", preferences.scanlines && !isPrinting.value);
    },
    // The browser takes the picture right after it has said that it prints.
    { flush: "sync" },
  );
  watch(
    () => preferences.theme,
    async () => {
      // To ask for a computed style in the middle of the start would cost a layout of its own.
      await painted();
      const ground = getComputedStyle(document.documentElement).getPropertyValue("--bg").trim();
      document.querySelector('meta[name="theme-color"]')?.setAttribute("content", ground);
    },
    { immediate: true },
  );
}
