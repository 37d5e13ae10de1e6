/** Numbers as text. Unknown is always "—"; a sign is always written, so colour is never the only mark. */

import { language, numberLocale, t } from "@/i18n";

export const UNKNOWN = "—";
export const HIDDEN = "•••••";
const MINUS = "−";

const formats = new Map<string, Intl.NumberFormat>();

function formatFor(minimum: number, maximum: number, currency: string | null): Intl.NumberFormat {
  const locale = numberLocale();
  const name = `${locale} ${String(minimum)} ${String(maximum)} ${currency ?? ""}`;
  let format = formats.get(name);
  if (!format) {
    const digits = { minimumFractionDigits: minimum, maximumFractionDigits: maximum };
    const style = currency === null ? {} : ({ style: "currency", currency, currencyDisplay: "narrowSymbol" } as const);
    format = new Intl.NumberFormat(locale, { ...digits, ...style });
    formats.set(name, format);
  }
  return format;
}

/** A number in the reader's own way of writing it: "1,234.50" or "1 234,50". */
export function grouped(value: number, minimum: number, maximum: number): string {
  return formatFor(minimum, maximum, null).format(value);
}

function known(value: number | null | undefined): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** True when the rounded text shows nothing but zeros: such a value has no direction. */
function roundsToZero(value: number, digits: number): boolean {
  return Number(Math.abs(value).toFixed(digits)) === 0;
}

export type MoneyUnit = "USD" | "EUR" | "BTC";

const DIGITS: Record<MoneyUnit, number> = { USD: 2, EUR: 2, BTC: 8 };
/** Coins have no sign that every font holds: their code follows the number. */
const COIN_UNITS: readonly MoneyUnit[] = ["BTC"];

/** An amount that is already counted in `unit`. */
export function formatMoney(value: number | null | undefined, unit: MoneyUnit): string {
  if (!known(value)) return UNKNOWN;
  return `${value < 0 && !roundsToZero(value, DIGITS[unit]) ? MINUS : ""}${bare(value, unit)}`;
}

export function formatSignedMoney(value: number | null | undefined, unit: MoneyUnit): string {
  return known(value) ? `${signOf(value, DIGITS[unit])}${bare(value, unit)}` : UNKNOWN;
}

function bare(value: number, unit: MoneyUnit): string {
  const digits = DIGITS[unit];
  if (COIN_UNITS.includes(unit)) return `${grouped(Math.abs(value), digits, digits)}\u00a0${unit}`;
  return withSign(Math.abs(value), digits, digits, unit);
}

/** "$1,234.50" or "1 234,50 $": the sign stands where the reader expects it. */
function withSign(size: number, minimum: number, maximum: number, currency: string): string {
  return formatFor(minimum, maximum, currency).format(size);
}

/** The last part of an amount that may stand smaller: its decimals and what follows them. */
export function splitAmount(text: string): [string, string] {
  const found = /^(.*\d)([.,]\d{2})(\D*)$/.exec(text);
  if (found) return [found[1] ?? "", (found[2] ?? "") + (found[3] ?? "")];
  const coin = /^(.*\d)(\D+)$/.exec(text);
  return coin ? [coin[1] ?? "", coin[2] ?? ""] : [text, ""];
}

export function formatUsd(value: number | null | undefined): string {
  return formatMoney(value, "USD");
}

/** Prices keep at least four significant digits: a coin at $0.00001234 must not read $0.00. */
export function formatPrice(value: number | null | undefined): string {
  if (!known(value)) return UNKNOWN;
  const size = Math.abs(value);
  if (size >= 10 || size === 0) return formatUsd(value);
  const digits = Math.min(12, Math.max(4, 3 - Math.floor(Math.log10(size))));
  return `${value < 0 ? MINUS : ""}${withSign(size, 2, digits, "USD")}`;
}

/** Quantities to eight decimals, without trailing zeros; smaller ones are not cut to 0. */
export function formatQuantity(value: number | null | undefined): string {
  if (!known(value)) return UNKNOWN;
  const size = Math.abs(value);
  const digits = size !== 0 && size < 1e-8 ? 18 : 8;
  return `${value < 0 ? MINUS : ""}${grouped(size, 0, digits)}`;
}

export type Direction = "up" | "down" | "flat" | "unknown";

export function direction(value: number | null | undefined, digits = 2): Direction {
  if (!known(value)) return "unknown";
  if (roundsToZero(value, digits)) return "flat";
  return value > 0 ? "up" : "down";
}

/** The direction that a text of ours shows: a coin's change has more digits than a dollar's. Null without a sign. */
export function signIn(text: string): Direction | null {
  return text.startsWith("+") ? "up" : text.startsWith(MINUS) ? "down" : null;
}

function signOf(value: number, digits: number): string {
  const way = direction(value, digits);
  return way === "up" ? "+" : way === "down" ? MINUS : "";
}

export function formatSignedUsd(value: number | null | undefined): string {
  return formatSignedMoney(value, "USD");
}

/** A figure and its percent sign; French keeps a narrow space between them that never breaks. */
function percent(text: string): string {
  return `${text}${language() === "fr" ? "\u202f" : " "}%`;
}

/** `value` is already a percentage (7.12 is 7.12 %). */
export function formatSignedPercent(value: number | null | undefined, digits = 2): string {
  return known(value) ? percent(`${signOf(value, digits)}${grouped(Math.abs(value), digits, digits)}`) : UNKNOWN;
}

/** A share of the whole; a holding too small for two decimals says so instead of reading 0. */
export function formatShare(value: number | null | undefined): string {
  if (!known(value)) return UNKNOWN;
  if (value > 0 && value < 0.01) return tinyShare();
  return percent(grouped(value, 2, 2));
}

/** A share that is not nothing, yet too small for two decimals. */
export function tinyShare(): string {
  return `< ${percent(grouped(0.01, 2, 2))}`;
}

/** Days with one decimal below ten, whole above: "6.9 days", "1 day", "90 days". */
export function formatDays(days: number): string {
  const digits = days < 10 ? 1 : 0;
  return t("common.days", { text: grouped(days, 0, digits) }, Number(days.toFixed(digits)));
}
