import { watchEffect } from "vue";

import { usePreferences } from "@/stores/preferences";

/** Puts theme and scanlines on the document; the browser's own bar takes the ground's colour. */
export function useTheme(): void {
  const preferences = usePreferences();
  watchEffect(() => {
    const root = document.documentElement;
    root.dataset.theme = preferences.theme;
    root.toggleAttribute("data-scanlines", preferences.scanlines);
    const ground = getComputedStyle(root).getPropertyValue("--bg").trim();
    document.querySelector('meta[name="theme-color"]')?.setAttribute("content", ground);
  });
}
