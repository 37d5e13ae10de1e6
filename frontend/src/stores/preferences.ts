import { defineStore } from "pinia";
import { ref, watch, type Ref } from "vue";

import { isLanguage, preferredLanguage, speak, type Language } from "@/i18n";
import { pageZone, ZONES } from "@/lib/time";

export type SortKey = "asset" | "balance" | "price" | "change" | "value";
export const THEMES = ["green", "amber", "paper"] as const;
export type Theme = (typeof THEMES)[number];
export const CURRENCIES = ["USD", "EUR", "BTC"] as const;
export type Currency = (typeof CURRENCIES)[number];

const KEY = "portfolio.preferences";
const SORT_KEYS: readonly SortKey[] = ["asset", "balance", "price", "change", "value"];

function oneOf<T extends string>(choices: readonly T[], value: unknown, otherwise: T): T {
  return choices.find((choice) => choice === value) ?? otherwise;
}

function recall(): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "null");
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function browserLanguages(): readonly string[] {
  return typeof navigator === "undefined" ? [] : navigator.languages;
}

/** How this browser likes the page. Choices only: no amount, no coin, no key is ever kept here. */
export const usePreferences = defineStore("preferences", () => {
  const stored = recall();
  const hideSmall = ref(stored["hideSmall"] === true);
  const hideAmounts = ref(stored["hideAmounts"] === true);
  const sortKey = ref(oneOf(SORT_KEYS, stored["sortKey"], "value"));
  const descending = ref(stored["descending"] !== false);
  const theme = ref(oneOf(THEMES, stored["theme"], "green"));
  const currency = ref(oneOf(CURRENCIES, stored["currency"], "USD"));
  const zone = ref(oneOf(ZONES, stored["zone"], "local"));
  const scanlines = ref(stored["scanlines"] === true);
  const rain = ref(stored["rain"] === true);
  const shortcuts = ref(stored["shortcuts"] !== false);
  const language: Ref<Language> = ref(
    isLanguage(stored["language"]) ? stored["language"] : preferredLanguage(browserLanguages()),
  );

  const kept = { hideSmall, hideAmounts, sortKey, descending, theme, currency, zone, scanlines, rain, shortcuts, language };

  watch(Object.values(kept), () => {
    try {
      localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(Object.entries(kept).map(([name, held]) => [name, held.value]))));
    } catch {
      // A browser that refuses storage keeps the choice for this visit only.
    }
  });
  watch(zone, (next) => (pageZone.value = next), { immediate: true });
  watch(language, (next) => void speak(next).catch(() => undefined), { immediate: true });

  function sortBy(key: SortKey): void {
    descending.value = sortKey.value === key ? !descending.value : key !== "asset";
    sortKey.value = key;
  }

  return { ...kept, sortBy };
});
