/** A running server goes on living while it is tested: when its past has been read, and comparing figures at one moment. */

import { until } from "./browser.mjs";

/** The demo opens with its past; a server that reads it at the exchange's own pace takes some four minutes. */
export const PAST_IS_READ_MS = 600_000;

async function read(base, path) {
  const answer = await fetch(base + path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

/**
 * Until every source was read and the past rebuilt from all of them: before, periods and flows become more by themselves.
 * What share of the past rests on records (`coverage`) is told by the rebuild that follows the last source.
 */
export async function pastIsRead(base) {
  const isRead = async () => (await read(base, "/api/status")).history.percent === 100 && (await read(base, "/api/performance/stats")).coverage !== null;
  await until(isRead, "the server has read its past", PAST_IS_READ_MS);
}

/**
 * Compares while the server lives on: a failure counts if `stamp` answers the same before and after it, else the steps
 * are run again. A failure that comes back every time counts too.
 */
export async function undisturbed(stamp, steps) {
  for (let left = 3; ; left -= 1) {
    const before = await stamp();
    try {
      return await steps();
    } catch (failure) {
      if (left === 0 || (await stamp()) === before) throw failure;
    }
  }
}
