/**
 * How fast the page is, against a running server: `E2E_BASE_URL=http://127.0.0.1:5000 npm run e2e:speed`. Needs a machine
 * that does nothing else, so `dev.py test` leaves it out: a wall clock on a busy machine says nothing about the page.
 */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import lighthouse, { desktopConfig } from "lighthouse";

import { launch, openPage, until, witnessed } from "./browser.mjs";
import { PAST_IS_READ_MS, pastIsRead } from "./past.mjs";

const BASE = process.env.E2E_BASE_URL;
assert.ok(BASE, "set E2E_BASE_URL, for example http://127.0.0.1:5000");

const MOST_USEFUL_MS = 1_000;
const CPU_SLOWDOWN = 4;
const LOADS = 7;
const MOST_RUNS = 4;
const LEAST_PERFORMANCE = 90;
const PORT = 9_400 + (process.pid % 500);

let browser;

before(async () => {
  browser = await launch(`--remote-debugging-port=${PORT}`);
  await pastIsRead(BASE);
}, { timeout: PAST_IS_READ_MS });

after(async () => {
  await browser.close();
});

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

/**
 * One slowed load. `stolenMs` is the time in which the page's main thread had work and other programs had the processor:
 * how long its tasks lasted, less the processor time they took (the slowdown itself is processor time). On a machine
 * that does nothing else it is next to nothing.
 */
async function usefulPaint() {
  const { page, context } = await openPage(browser, "desk");
  const wire = await context.newCDPSession(page);
  await wire.send("Emulation.setCPUThrottlingRate", { rate: CPU_SLOWDOWN });
  await browser.startTracing(page, { categories: ["disabled-by-default-devtools.timeline", "blink.user_timing"] });
  await page.goto(BASE);
  await until(async () => (await witnessed(page)).usefulAt !== null, "a total", 20_000);
  const { usefulAt } = await witnessed(page);
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  await context.close();
  const mark = traceEvents.find((event) => event.name === "useful" && event.cat.includes("user_timing"));
  const began = mark.ts - usefulAt * 1000;
  const tasks = traceEvents.filter((event) => event.name === "RunTask" && event.pid === mark.pid && event.tid === mark.tid && event.ts >= began && event.ts < mark.ts);
  const stolen = tasks.reduce((sum, task) => sum + Math.max(0, task.dur - task.tdur), 0);
  return { atMs: Math.round(usefulAt), stolenMs: Math.round(stolen / 1000), cpuMs: Math.round(tasks.reduce((sum, task) => sum + task.tdur, 0) / 1000) };
}

describe("speed", { concurrency: false }, () => {
  test(`the total is painted within ${MOST_USEFUL_MS} ms at ${CPU_SLOWDOWN}x CPU slowdown`, async (t) => {
    const loads = [];
    while (loads.length < LOADS) loads.push(await usefulPaint());
    const own = loads.map(({ atMs, stolenMs }) => atMs - stolenMs);
    const said = `first useful paint: median ${median(own)} ms (${own.join(", ")}), waiting for other programs left out: ${loads.map((each) => each.stolenMs).join(", ")} ms`;
    t.diagnostic(said);
    assert.ok(median(own) < MOST_USEFUL_MS, said);
  });

  for (const [form, config] of [["phone", undefined], ["desk", desktopConfig]])
    test(`Lighthouse performance of a ${form} is at least ${LEAST_PERFORMANCE}`, { timeout: 180_000 }, async (t) => {
      const scores = [];
      let weak = [];
      // Other work on the machine can only lower a run, so the best of a few tells what the page can do.
      while (scores.length < MOST_RUNS && Math.max(0, ...scores) < LEAST_PERFORMANCE) {
        const { lhr } = await lighthouse(`${BASE}/`, { port: PORT, output: "json", logLevel: "error", onlyCategories: ["performance"] }, config);
        scores.push(Math.round(lhr.categories.performance.score * 100));
        const refs = lhr.categories.performance.auditRefs.filter((ref) => ref.weight > 0);
        weak = refs.map((ref) => lhr.audits[ref.id]).filter((audit) => audit.score !== null && audit.score < 0.9).map((audit) => `${audit.id} ${audit.displayValue ?? ""}`.trim());
      }
      t.diagnostic(`${form} performance: ${scores.join(", ")}; ${weak.join(", ")}`);
      assert.ok(Math.max(...scores) >= LEAST_PERFORMANCE, weak.join(" | "));
    });
});
