import { formatPrice, formatQuantity, formatSignedUsd, formatUsd, HIDDEN } from "@/lib/format";
import { usePreferences } from "@/stores/preferences";

type Amount = number | null | undefined;

interface Money {
  usd: (value: Amount) => string;
  signedUsd: (value: Amount) => string;
  price: (value: Amount) => string;
  quantity: (value: Amount) => string;
}

/** Amounts as text, or dots while the owner hides them. Prices are public and stay; unknown stays "—". */
export function useMoney(): Money {
  const preferences = usePreferences();
  const veil =
    (format: (value: Amount) => string) =>
    (value: Amount): string =>
      preferences.hideAmounts && value != null ? HIDDEN : format(value);
  return { usd: veil(formatUsd), signedUsd: veil(formatSignedUsd), price: formatPrice, quantity: veil(formatQuantity) };
}
