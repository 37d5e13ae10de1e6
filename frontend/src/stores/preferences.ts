import { defineStore } from "pinia";
import { ref, watch } from "vue";

export type SortKey = "asset" | "balance" | "price" | "value";

interface Stored {
  hideSmall: boolean;
  hideAmounts: boolean;
  sortKey: SortKey;
  descending: boolean;
}

const KEY = "portfolio.preferences";
const DEFAULTS: Stored = { hideSmall: false, hideAmounts: false, sortKey: "value", descending: true };

function recall(): Stored {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "null");
    return typeof value === "object" && value !== null ? { ...DEFAULTS, ...(value as Partial<Stored>) } : DEFAULTS;
  } catch {
    return DEFAULTS;
  }
}

/** How this browser likes the page. Choices only: no amount, no coin, no key is ever kept here. */
export const usePreferences = defineStore("preferences", () => {
  const first = recall();
  const hideSmall = ref(first.hideSmall);
  const hideAmounts = ref(first.hideAmounts);
  const sortKey = ref<SortKey>(first.sortKey);
  const descending = ref(first.descending);

  watch([hideSmall, hideAmounts, sortKey, descending], () => {
    const stored: Stored = {
      hideSmall: hideSmall.value,
      hideAmounts: hideAmounts.value,
      sortKey: sortKey.value,
      descending: descending.value,
    };
    try {
      localStorage.setItem(KEY, JSON.stringify(stored));
    } catch {
      // A browser that refuses storage keeps the choice for this visit only.
    }
  });

  function sortBy(key: SortKey): void {
    descending.value = sortKey.value === key ? !descending.value : key !== "asset";
    sortKey.value = key;
  }

  return { hideSmall, hideAmounts, sortKey, descending, sortBy };
});
