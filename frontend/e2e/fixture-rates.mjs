/** What a euro and a bitcoin cost in the invented world. */

const DAY = 86_400_000;
export const WATCHED_DAYS = 120;

const begins = new WeakMap();

/** Where the watched part of the scene's index begins; found once, since every point of 90,000 asks for it. */
export function liveFrom({ index }) {
  if (!begins.has(index)) {
    const border = index.at(-1).at - WATCHED_DAYS * DAY;
    begins.set(index, index.find((point) => point.at >= border).at);
  }
  return begins.get(index);
}

/** USD for one unit at an instant; a euro is known only since the account is watched. */
export function rateAt(scene, currency, at) {
  if (currency === "USD") return 1;
  if (scene.noRates || (currency === "EUR" && at < liveFrom(scene))) return null;
  return currency === "EUR" ? Number((1.08 + 0.02 * Math.sin(at / DAY / 30)).toFixed(4)) : Number((88_000 * (1 + 0.1 * Math.sin(at / DAY / 12))).toFixed(2));
}

