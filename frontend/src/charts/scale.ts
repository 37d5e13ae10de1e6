/** Heights: what is drawn for a value, how far the axis reaches and where its labels stand. */

import type { Line } from "./columns";

/** A way of turning values into heights. Log scales show equal growth as equal height. */
export interface Height {
  of: (value: number) => number;
  back: (height: number) => number;
}

const LINEAR: Height = { of: (value) => value, back: (height) => height };

const LOG_USD: Height = {
  of: (usd) => (usd > 0 ? Math.log10(usd) : Number.NaN),
  back: (height) => 10 ** height,
};

/** A return in percent is drawn as the logarithm of what one dollar became. */
const LOG_PERCENT: Height = {
  of: (percent) => (percent > -100 ? Math.log10(1 + percent / 100) : Number.NaN),
  back: (height) => (10 ** height - 1) * 100,
};

/** Profit can be negative, so it has no logarithm. */
export function canBeLog(line: Line): boolean {
  return line !== "pnl";
}

export function heightOf(line: Line, log: boolean): Height {
  if (!log || !canBeLog(line)) return LINEAR;
  return line === "twr" ? LOG_PERCENT : LOG_USD;
}

export interface Reach {
  low: number;
  high: number;
}

/** Air above and below, as shares of the drawn height; a flat line gets a band of its own. */
export function withAir(reach: Reach, above: number, below: number): Reach {
  const { low, high } = reach;
  const size = high > low ? (high - low) / Math.max(0.2, 1 - above - below) : Math.max(Math.abs(high) * 0.02, 1e-9);
  return { low: low - size * (high > low ? below : 0.5), high: high + size * (high > low ? above : 0.5) };
}

function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 2.5, 5, 10].find((each) => each * power >= rough * 0.999_999) ?? 10;
  return factor * power;
}

export interface Ticks {
  values: number[];
  /** The distance that decides how many decimals a label needs. */
  step: number;
}

function evenTicks(low: number, high: number, most: number): Ticks {
  if (!(high > low) || most < 1) return { values: [], step: 1 };
  const step = roundStep((high - low) / most);
  const values: number[] = [];
  for (let count = Math.ceil(low / step); count * step <= high; count += 1) values.push(count * step);
  return { values, step };
}

/** 1, 2, 5 and their like between two numbers above 0. */
function decadeTicks(low: number, high: number, most: number): number[] {
  const decades = Math.log10(high / low);
  const factors = decades > most ? [1] : decades * 3 > most ? [1, 3] : [1, 2, 5];
  const values: number[] = [];
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power += 1)
    for (const factor of factors) if (factor * 10 ** power >= low && factor * 10 ** power <= high) values.push(factor * 10 ** power);
  return values;
}

/** From here on a log axis is labelled by multiples instead of even steps. */
const WIDE = 6;

/** Round values between two heights, at most about `most`. On a wide log axis of returns: halves, doubles, fivefolds. */
export function valueTicks(height: Height, reach: Reach, most: number): Ticks {
  const [low, high] = [10 ** reach.low, 10 ** reach.high];
  if (height === LINEAR || high / low < WIDE) return evenTicks(height.back(reach.low), height.back(reach.high), most);
  const values = decadeTicks(low, high, most);
  return height === LOG_USD ? { values, step: low } : { values: values.map((multiple) => (multiple - 1) * 100), step: 1 };
}

/** Decimals that tell neighbouring ticks apart. */
export function decimalsFor(step: number): number {
  if (!(step > 0)) return 0;
  const exact = step / 10 ** Math.floor(Math.log10(step));
  const halves = Math.abs(exact - 2.5) < 1e-6 ? 1 : 0;
  return Math.min(8, Math.max(0, -Math.floor(Math.log10(step)) + halves));
}
