/** The value of every moment in another unit, at the rate of that very moment: today's would tell of a past that never was. */

import type { MoneyUnit } from "@/lib/format";

import { lastKnown, type Columns } from "./columns";

/** The same columns with their value in `unit`; unchanged, and so in USD, while not one of the rates is known. */
export function inUnit(columns: Columns, unit: MoneyUnit): Columns {
  if (unit === "USD") return columns;
  const rates = columns.rates[unit];
  const value = columns.value.map((usd, index) => usd / (rates[index] ?? Number.NaN));
  return lastKnown(value) < 0 ? columns : { ...columns, value, unit, unrated: unratedIn(columns.times, value) };
}

/** From the last known point before to the first known one after every stretch without a rate. */
function unratedIn(times: Float64Array, value: Float64Array): [number, number][] {
  const found: [number, number][] = [];
  const at = (index: number): number => times[Math.min(times.length - 1, Math.max(0, index))] ?? 0;
  for (let index = 0; index < value.length; index += 1) {
    if (!Number.isNaN(value[index])) continue;
    const first = index;
    while (index + 1 < value.length && Number.isNaN(value[index + 1])) index += 1;
    found.push([at(first - 1), at(index + 1)]);
  }
  return found;
}
