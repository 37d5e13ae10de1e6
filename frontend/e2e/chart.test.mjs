/** The chart in a real browser with 90,000 points: how fast it is drawn and panned, and that it tells the truth. */

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { chartDrawn, launch, openPage } from "./browser.mjs";
import { makeLongIndex } from "./chart-data.mjs";
import { FixtureServer } from "./fixture-server.mjs";

const POINTS = 90_000;
const MOST_DRAW_MS = 300;
const LEAST_FPS = 50;
const PAN_MS = 2_000;

let browser, server, url;

before(async () => {
  server = new FixtureServer();
  url = await server.start();
  browser = await launch();
});

after(async () => {
  await browser.close();
  server.stop();
});

beforeEach(() => {
  server.show("live");
  server.requests.length = 0;
});

const seriesRequests = () => server.requests.filter((each) => each.includes("/series"));

async function until(check, what) {
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline) {
    if (await check()) return;
    await new Promise((wake) => setTimeout(wake, 50));
  }
  assert.fail(`waited in vain: ${what}`);
}

async function visit(size, path, steps, options = {}) {
  const { page, context, complaints } = await openPage(browser, size, options);
  try {
    await page.goto(url + path);
    await chartDrawn(page);
    await steps(page);
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
  }
}

const stage = (page) => page.getByLabel("Chart; arrow keys move the cursor");
const pointsDrawn = async (page) => Number(await page.getByTestId("chart").getAttribute("data-points"));

/** The panel in the middle of the window, so that the whole of it is painted. */
const centre = (page) => stage(page).evaluate((element) => element.scrollIntoView({ block: "center" }));

describe("90,000 points", { concurrency: false }, () => {
  beforeEach(() => {
    server.scene.index = makeLongIndex(Date.now(), POINTS);
    server.scene.liveDays = 700;
  });

  test("the overview is one small request; a close look asks for every point once; both are drawn at once", () =>
    visit("desk", "/?range=total", async (page) => {
      assert.ok((await pointsDrawn(page)) <= 2_000);
      assert.deepEqual(seriesRequests(), ["GET /api/performance/series?days=0&max_points=2000"]);
      await centre(page);
      await stage(page).focus();
      // From the last byte of the answer to the frame that shows it: parsing, columns, decimation, drawing.
      await page.evaluate(() => {
        window.drawn = new Promise((done) => {
          const canvas = document.querySelector("[data-testid=chart]");
          new MutationObserver((_, observer) => {
            observer.disconnect();
            requestAnimationFrame(() => {
              const [entry] = performance.getEntriesByType("resource").filter((each) => each.name.includes("max_points=0"));
              done(performance.now() - entry.responseEnd);
            });
          }).observe(canvas, { attributes: true, attributeFilter: ["data-points"] });
        });
      });
      await page.keyboard.press("+");
      await page.keyboard.press("+");
      const elapsed = await page.evaluate(() => window.drawn);
      assert.equal(await pointsDrawn(page), POINTS);
      console.log(`drawn ${elapsed.toFixed(0)} ms after the last byte of ${POINTS} points`);
      assert.ok(elapsed < MOST_DRAW_MS, `${elapsed} ms`);
      for (const key of ["0", "+", "+", "+", "-", "0"]) await page.keyboard.press(key);
      await page.waitForTimeout(500);
      assert.equal(seriesRequests().length, 2, seriesRequests().join("\n"));
    }));

  for (const [size, zooms] of [["desk", 1], ["desk", 4], ["phone", 1]])
    test(`panned smoothly at ${size}, zoomed ${2 ** zooms} times`, () =>
      visit(size, "/?range=total", async (page) => {
        await centre(page);
        await stage(page).focus();
        for (const key of ["+", "+", "+"]) await page.keyboard.press(key);
        await until(async () => (await pointsDrawn(page)) === POINTS, "every point");
        await page.keyboard.press("0");
        for (let count = 0; count < zooms; count += 1) await page.keyboard.press("+");
        await page.waitForTimeout(300);
        const { frames, elapsed, worst } = await stage(page).evaluate(async (element, lasting) => {
          const box = element.getBoundingClientRect();
          const send = (type, x) => element.dispatchEvent(new PointerEvent(type, { pointerId: 1, pointerType: "mouse", button: 0, buttons: 1, bubbles: true, clientX: x, clientY: box.top + 80 }));
          element.setPointerCapture = () => undefined;
          const middle = box.left + box.width / 2;
          const frame = () => new Promise(requestAnimationFrame);
          send("pointerdown", middle);
          const began = await frame();
          let [before, frames, worst] = [began, 0, 0];
          while (before - began < lasting) {
            send("pointermove", middle + Math.sin((before - began) / 400) * box.width * 0.4);
            const now = await frame();
            worst = Math.max(worst, now - before);
            before = now;
            frames += 1;
          }
          send("pointerup", middle);
          return { frames, elapsed: before - began, worst };
        }, PAN_MS);
        const fps = (frames * 1000) / elapsed;
        console.log(`${size} x${2 ** zooms}: ${fps.toFixed(1)} frames per second while panning, longest frame ${worst.toFixed(0)} ms`);
        assert.ok(fps >= LEAST_FPS, `${fps} frames per second`);
      }));
});
