/** The chart's figures in words, in the reader's language. Amounts are written by the caller, who may hide them. */

import { t } from "@/i18n";
import { formatSignedPercent, grouped, type MoneyUnit } from "@/lib/format";
import { spanName } from "@/lib/span";
import { formatLocal, formatLocalDate } from "@/lib/time";
import { windowLongName } from "@/lib/windows";

import { extremesOf, lastKnown, lineUnit, unknownFrom, type Columns, type Line } from "./columns";
import { decimalsFor } from "./scale";
import { isDates, type Span } from "./span";

export interface AmountText {
  signed: (value: number, unit: MoneyUnit) => string;
  amount: (value: number, unit: MoneyUnit) => string;
}

export function lineName(line: Line): string {
  return t(`chart.line.${line}`);
}

export function lineLongName(line: Line): string {
  return t(`chart.long.${line}`);
}

/** A value of a line, exactly as it is known; `unit` is what the line is counted in. */
export function valueText(line: Line, value: number | undefined, amounts: AmountText, unit: MoneyUnit): string {
  if (value === undefined || Number.isNaN(value)) return t(line === "value" && unit !== "USD" ? "chart.noRate" : "chart.unknown");
  if (line === "twr") return formatSignedPercent(value);
  return line === "value" ? amounts.amount(value, unit) : amounts.signed(value, unit);
}

const MINUS = "−";

/** A coin's amounts are small: without a step, enough digits to tell two of them apart. */
function coinDigits(size: number): number {
  return size >= 1000 ? 1 : size >= 10 ? 3 : 4;
}

/** A label of the axis; `step` says how fine the axis is, 0 asks for a few digits more. */
export function axisText(line: Line, value: number, step: number, currency: MoneyUnit): string {
  const size = Math.abs(value);
  const sign = value < 0 ? MINUS : value > 0 && line !== "value" ? "+" : "";
  if (line === "twr") {
    const digits = step > 0 ? decimalsFor(step) : size < 1000 ? 2 : 1;
    return `${Number(size.toFixed(digits)) === 0 ? "" : sign}${grouped(size, digits, digits)} %`;
  }
  if (currency === "BTC") {
    const digits = step > 0 ? decimalsFor(step) : coinDigits(size);
    return `${Number(size.toFixed(digits)) === 0 ? "" : sign}${grouped(size, digits, digits)} ${currency}`;
  }
  const [unit, divisor] = size >= 1e9 ? ["B", 1e9] : size >= 1e6 ? ["M", 1e6] : size >= 1e5 ? ["k", 1e3] : ["", 1];
  const digits = step > 0 ? decimalsFor(step / divisor) : unit === "" ? 0 : 2;
  return `${sign}${currency === "EUR" ? "€" : "$"}${grouped(size / divisor, digits, digits)}${unit}`;
}

/** A label of the pane below; a step of 2.5 needs its half. */
export function drawdownText(value: number, step: number): string {
  return formatSignedPercent(value, decimalsFor(step));
}

export function spanText(span: Span): string {
  if (!isDates(span)) return windowLongName(span.days);
  const { start_date: start, end_date: end } = span;
  return start !== undefined && end !== undefined ? spanName({ start, end }, Date.now()) : `${start ?? "…"} → ${end ?? "…"}`;
}

/** The picture in a sentence or two, for those who do not see it. */
export function summary(columns: Columns, line: Line, span: Span, amounts: AmountText): string {
  const values = columns[line];
  const last = lastKnown(values);
  const extremes = extremesOf(values);
  if (!extremes) return t("chart.nothingYet");
  const at = (index: number): number => columns.times[index] ?? 0;
  const text = (index: number): string => valueText(line, values[index], amounts, lineUnit(columns, line));
  const parts = [
    t("chart.summary", {
      line: lineLongName(line), span: spanText(span), value: text(last), when: formatLocal(at(last)),
      lowest: text(extremes.lowest), lowestOn: formatLocalDate(at(extremes.lowest)),
      highest: text(extremes.highest), highestOn: formatLocalDate(at(extremes.highest)),
    }),
  ];
  const deepest = extremesOf(columns.drawdown);
  if (deepest) {
    parts.push(t("chart.summaryDrawdown", { value: formatSignedPercent(columns.drawdown[deepest.lowest]), on: formatLocalDate(at(deepest.lowest)) }));
  }
  const unknown = unknownFrom(columns, values);
  if (unknown !== null) parts.push(t("chart.summaryUnknown", { when: formatLocal(unknown) }));
  if (line === "value" && columns.unrated.length > 0) parts.push(t("chart.summaryUnrated", { unit: columns.unit }));
  if (columns.gaps.length > 0) parts.push(t("chart.summaryGaps", { n: grouped(columns.gaps.length, 0, 0) }, columns.gaps.length));
  if (columns.liveFrom !== null) parts.push(t("chart.summaryRebuilt", { when: formatLocal(columns.liveFrom) }));
  return parts.join(" ");
}
