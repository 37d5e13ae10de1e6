import { watch, watchEffect } from "vue";

import { painted } from "@/lib/breathe";
import { usePreferences } from "@/stores/preferences";

/** Puts theme and scanlines on the document; the browser's own bar takes the ground's colour. */
export function useTheme(): void {
  const preferences = usePreferences();
  watchEffect(() => {
    const root = document.documentElement;
    root.dataset.theme = preferences.theme;
    root.toggleAttribute("data-scanlines", preferences.scanlines);
  });
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
