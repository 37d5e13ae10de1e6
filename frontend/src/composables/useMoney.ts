import { formatMoney, formatPrice, formatQuantity, formatSignedMoney, formatSignedUsd, formatUsd, HIDDEN, type MoneyUnit } from "@/lib/format";
import { usePortfolio } from "@/stores/portfolio";
import { usePreferences } from "@/stores/preferences";

type Amount = number | null | undefined;

interface Money {
  /** An amount that is counted in USD, whatever the page shows. */
  usd: (value: Amount) => string;
  signedUsd: (value: Amount) => string;
  /** An amount that is counted in `unit` already. */
  amount: (value: Amount, unit: MoneyUnit) => string;
  signed: (value: Amount, unit: MoneyUnit) => string;
  /** A value of now, given in USD, shown in the currency of the page. */
  now: (value: Amount) => string;
  signedNow: (value: Amount) => string;
  /** The unit that `now` writes: the chosen one, or USD while its rate is not known. */
  unit: () => MoneyUnit;
  price: (value: Amount) => string;
  quantity: (value: Amount) => string;
}

/** Amounts as text, or dots while the owner hides them. Prices are public and stay; unknown stays "—". */
export function useMoney(): Money {
  const preferences = usePreferences();
  const portfolio = usePortfolio();
  const unit = (): MoneyUnit => (portfolio.rates[preferences.currency] === null ? "USD" : preferences.currency);
  const converted = (value: Amount): Amount => (value == null ? value : value / (portfolio.rates[unit()] ?? 1));
  const veil =
    (format: (value: Amount) => string) =>
    (value: Amount): string =>
      preferences.hideAmounts && value != null ? HIDDEN : format(value);
  return {
    usd: veil(formatUsd),
    signedUsd: veil(formatSignedUsd),
    amount: (value, unit) => veil((known) => formatMoney(known, unit))(value),
    signed: (value, unit) => veil((known) => formatSignedMoney(known, unit))(value),
    now: veil((value) => formatMoney(converted(value), unit())),
    signedNow: veil((value) => formatSignedMoney(converted(value), unit())),
    unit,
    price: formatPrice,
    quantity: veil(formatQuantity),
  };
}
