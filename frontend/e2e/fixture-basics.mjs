/** What every invented answer is written with. */

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** A name that would run if it were not shown as text. */
export const HOSTILE = "<img src=x onerror=alert(1)>";

export const iso = (ms) => new Date(ms).toISOString().replace(".000Z", "Z");
export const round = (value, digits) => Number(value.toFixed(digits));
