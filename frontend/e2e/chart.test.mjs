/** The chart in a real browser with 90,000 points: how fast it is drawn and panned, and that it tells the truth. */

import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";

import { chartDrawn, until } from "./browser.mjs";
import { makeLongIndex } from "./chart-data.mjs";
import { processorMs, usedBetween } from "./processor.mjs";
import { accessible, calm, noOverflow } from "./promises.mjs";
import { standIn } from "./stand-in.mjs";
import { centre, flowMarks, flowWords, pointsDrawn, readout, stage } from "./steps.mjs";

const POINTS = 90_000;
/** Set by `npm run e2e:speed`, on a machine that does nothing else; what is drawn is tested always. */
const HOLDS_A_CLOCK = process.env.E2E_SPEED === "1";
const MOST_DRAW_MS = 300;
const LEAST_FPS = 50;
const MOST_FRAME_MS = 1000 / LEAST_FPS;
const ROUND_MS = 1_000;
/** Other work on the machine can only slow a round down, so the best of several tells what the chart can do. */
const MOST_ROUNDS = 6;
/**
 * Milliseconds on the wall tell nothing where others hold the processors. All processor time of all of Chromium's
 * processes always counts; the wall counts too where at least one processor and a half were ours.
 */
const QUIET_PROCESSORS = 1.5;

const { server, see } = standIn();

const seriesRequests = () => server.requests.filter((each) => each.includes("/series"));

/** With the chart drawn, and the page where it stood afterwards. What axe sees of the chart, single tests look at. */
const seeChart = (size, path, steps) =>
  see(size, async (page) => {
    await chartDrawn(page);
    await steps(page);
    await calm(page);
  }, { path, axe: false });

describe("90,000 points", { concurrency: false }, () => {
  beforeEach(() => {
    server.scene.index = makeLongIndex(Date.now(), POINTS);
    server.scene.liveDays = 700;
  });

  test("the overview is one small request; a close look asks for every point once; both are drawn at once", (t) =>
    seeChart("desk", "/?range=total", async (page) => {
      assert.ok((await pointsDrawn(page)) <= 2_000);
      assert.deepEqual(seriesRequests(), ["GET /api/performance/series?days=0&max_points=2000"]);
      await centre(page);
      await stage(page).focus();
      await page.evaluate(watchDrawing);
      const before = processorMs();
      const began = Date.now();
      await page.keyboard.press("+");
      await page.keyboard.press("+");
      const elapsed = await page.evaluate(() => window.drawn);
      const { children, free } = usedBetween(before, processorMs(), Date.now() - began);
      assert.equal(await pointsDrawn(page), POINTS);
      const said = `${elapsed.toFixed(0)} ms from the last byte of ${POINTS} points to their picture; ${free.toFixed(1)} processors free`;
      t.diagnostic(said);
      // The processor time holds the whole glide of the two key presses, so it is an upper bound.
      if (HOLDS_A_CLOCK) assert.ok(elapsed < MOST_DRAW_MS || (free < QUIET_PROCESSORS && children < MOST_DRAW_MS * 3), `${said}; ${children} ms of processor`);
      for (const key of ["0", "+", "+", "+", "-", "0"]) await page.keyboard.press(key);
      await page.waitForTimeout(500);
      assert.equal(seriesRequests().length, 2, seriesRequests().join("\n"));
    }));

  for (const [size, zooms] of HOLDS_A_CLOCK ? [["desk", 1], ["desk", 4], ["phone", 1]] : [])
    test(`panned smoothly at ${size}, zoomed ${2 ** zooms} times`, (t) =>
      seeChart(size, "/?range=total", async (page) => {
        await centre(page);
        await stage(page).focus();
        for (const key of ["+", "+", "+"]) await page.keyboard.press(key);
        await until(async () => (await pointsDrawn(page)) === POINTS, "every point");
        await page.keyboard.press("0");
        for (let count = 0; count < zooms; count += 1) await page.keyboard.press("+");
        await page.waitForTimeout(600);
        const rounds = [];
        while (rounds.length < MOST_ROUNDS && !rounds.some((round) => round.fps >= LEAST_FPS)) rounds.push(await panRound(page));
        const best = rounds.reduce((one, other) => (other.fps > one.fps ? other : one));
        const frameMs = Math.min(...rounds.map((round) => round.frameMs));
        const said = `${best.fps.toFixed(1)} frames per second (best of ${rounds.length}, ${best.free.toFixed(1)} processors free); ${frameMs.toFixed(1)} ms of processor per frame`;
        t.diagnostic(said);
        assert.ok(frameMs <= MOST_FRAME_MS, said);
        assert.ok(best.fps >= LEAST_FPS || rounds.every((round) => round.free < QUIET_PROCESSORS), said);
      }));
});

/** From the last byte of the answer to the frame that shows it: parsing, columns, decimation, drawing. */
function watchDrawing() {
  window.drawn = new Promise((done) => {
    new MutationObserver((_, observer) => {
      observer.disconnect();
      requestAnimationFrame(() => {
        const [entry] = performance.getEntriesByType("resource").filter((each) => each.name.includes("max_points=0"));
        done(performance.now() - entry.responseEnd);
      });
    }).observe(document.querySelector("[data-testid=chart]"), { attributes: true, attributeFilter: ["data-points"] });
  });
}

/** A second of frames while a finger drags the chart to and fro in each of them. */
async function panRound(page) {
  const before = processorMs();
  const { frames, elapsed } = await stage(page).evaluate(dragToAndFro, ROUND_MS);
  const { children, free } = usedBetween(before, processorMs(), elapsed);
  return { fps: (frames * 1000) / elapsed, frameMs: children / frames, free };
}

async function dragToAndFro(element, lasting) {
  const box = element.getBoundingClientRect();
  const send = (type, x) => element.dispatchEvent(new PointerEvent(type, { pointerId: 1, pointerType: "mouse", button: 0, buttons: 1, bubbles: true, clientX: x, clientY: box.top + 80 }));
  element.setPointerCapture = () => undefined;
  const middle = box.left + box.width / 2;
  const frame = () => new Promise(requestAnimationFrame);
  send("pointerdown", middle);
  const began = await frame();
  let [now, frames] = [began, 0];
  while (now - began < lasting) {
    send("pointermove", middle + Math.sin((now - began) / 300) * box.width * 0.4);
    now = await frame();
    frames += 1;
  }
  send("pointerup", middle);
  return { frames, elapsed: now - began };
}

describe("what the chart tells", { concurrency: false }, () => {
  test("keys move the crosshair, zoom, pan and come back; exact values stand in words", () =>
    seeChart("desk", "/?range=30", async (page) => {
      await stage(page).focus();
      await page.keyboard.press("Home");
      await until(async () => (await readout(page).innerText()).startsWith("0.00 %"), "the window's base");
      await page.keyboard.press("ArrowRight");
      const [at] = server.scene.index.filter((point) => point.at >= server.scene.index.at(-1).at - 30 * 86_400_000).slice(1, 2);
      const text = new Date(at.at).toISOString().slice(0, 16).replace("T", " ");
      await until(async () => (await readout(page).innerText()).includes(`${text} UTC`), `the second snapshot, ${text}`);
      assert.match(await page.locator("[aria-live=polite]").filter({ hasText: "%" }).first().innerText(), /^[+−]?\d+\.\d\d % at \d{4}-\d\d-\d\d \d\d:\d\d$/);
      const whole = page.getByRole("button", { name: "whole" });
      assert.equal(await whole.isDisabled(), true);
      await page.keyboard.press("+");
      await until(async () => !(await whole.isDisabled()), "a closer view");
      await page.keyboard.press("Shift+ArrowRight");
      await page.keyboard.press("End");
      await until(async () => (await readout(page).innerText()).includes(new Date(server.scene.index.at(-1).at).toISOString().slice(0, 13).replace("T", " ")), "the newest snapshot");
      await page.keyboard.press("0");
      await until(async () => whole.isDisabled(), "everything again");
      await page.keyboard.press("Escape");
      assert.equal(seriesRequests().length, 1, "thirty days are complete from the start");
    }));

  for (const size of ["desk", "phone"])
    test(`flows explain themselves to keyboard and finger at ${size}`, () =>
      seeChart(size, "/?range=90", async (page) => {
        const marks = flowMarks(page);
        assert.equal(await marks.count(), 3);
        await centre(page);
        await marks.first().focus();
        const words = flowWords(page);
        assert.match(await words.innerText(), /deposit \+\$9,214\.44[^]*0\.1 BTC[^]*UTC\+[^]*UTC[^]*imported/);
        await accessible(page);
        await page.keyboard.press("ArrowRight");
        await until(async () => /withdrawal −\$2,500\.00[^]*rent <img/.test(await words.innerText()), "the withdrawal");
        await page.keyboard.press("Escape");
        assert.equal(await stage(page).locator("li").count(), 0);
        if (size === "phone") await marks.nth(2).tap();
        else await marks.nth(2).hover();
        await until(async () => /deposit \+\$1,000\.00/.test(await words.innerText()), "the newest deposit");
        await noOverflow(page);
      }));

  test("a drag over the whole marks a stretch, the wheel zooms where the reader is, a double click comes back", () =>
    seeChart("desk", "/?range=90", async (page) => {
      await centre(page);
      const box = await stage(page).boundingBox();
      const whole = page.getByRole("button", { name: "whole" });
      await page.mouse.move(box.x + 300, box.y + 100);
      await page.mouse.down();
      await page.mouse.move(box.x + 500, box.y + 100, { steps: 4 });
      await page.mouse.up();
      await until(async () => !(await whole.isDisabled()), "the marked stretch");
      await page.getByRole("button", { name: "use this view as range" }).click();
      await page.waitForURL(/from=.*to=/);
      await until(async () => seriesRequests().some((each) => /start_date=.*end_date=/.test(each)), "the stretch as a range");
      await until(async () => whole.isDisabled(), "all of the new range");
      const scrolled = await page.evaluate(() => scrollY);
      await page.mouse.move(box.x + 400, box.y + 100);
      await page.keyboard.down("Control");
      await page.mouse.wheel(0, -300);
      await page.keyboard.up("Control");
      await until(async () => !(await whole.isDisabled()), "a closer view");
      assert.equal(await page.evaluate(() => scrollY), scrolled, "the page stands still");
      await page.mouse.dblclick(box.x + 400, box.y + 100);
      await until(async () => whole.isDisabled(), "everything again");
    }));

  test("value and profit hide with the amounts, on the canvas and beside it", () =>
    seeChart("desk", "/?range=90", async (page) => {
      await page.getByRole("button", { name: "hide amounts" }).click();
      await page.getByRole("button", { name: "value", exact: true }).click();
      await stage(page).focus();
      await page.keyboard.press("End");
      await until(async () => (await readout(page).innerText()).startsWith("•••••"), "dots");
      assert.doesNotMatch(await page.getByTestId("chart").getAttribute("aria-label"), /\$/);
      await page.getByRole("button", { name: "show as table" }).click();
      const table = page.getByRole("region", { name: "Returns behind the chart" });
      await table.locator("tbody tr").first().waitFor();
      assert.doesNotMatch(await table.innerText(), /\$/);
    }));

  test("the table holds every point, a page at a time", () =>
    seeChart("desk", "/?range=total", async (page) => {
      await page.getByRole("button", { name: "show as table" }).click();
      const total = server.scene.index.length;
      await page.getByText(`100 of ${total.toLocaleString("en-GB")} points`).waitFor();
      await page.getByRole("button", { name: "last", exact: true }).click();
      const rows = page.getByRole("region", { name: "Returns behind the chart" }).locator("tbody tr");
      const first = new Date(server.scene.index[0].at).toISOString().slice(0, 16).replace("T", " ");
      await until(async () => (await rows.last().innerText()).includes(first), "the first snapshot of all");
      await accessible(page);
    }));

  test("a logarithm only where there is one; a stretch without snapshots says so", () =>
    seeChart("desk", "/?range=total", async (page) => {
      await page.getByRole("button", { name: "log", exact: true }).click();
      await chartDrawn(page);
      await page.getByRole("button", { name: "P&L", exact: true }).click();
      assert.equal(await page.getByRole("button", { name: "log", exact: true }).isDisabled(), true);
      await page.getByRole("button", { name: "custom", exact: true }).click();
      await page.getByLabel("From", { exact: true }).fill("2019-01-01");
      await page.getByLabel("To", { exact: true }).fill("2018-01-01");
      await page.getByRole("button", { name: "show", exact: true }).click();
      await page.getByText("The first day must come before the last.").waitFor();
      await accessible(page);
      await page.getByLabel("To", { exact: true }).fill("2019-02-01");
      await page.getByRole("button", { name: "show", exact: true }).click();
      await page.getByText("No two snapshots lie in this stretch of time.").waitFor();
      assert.match(seriesRequests().at(-1), /start_date=2018-12-31T23%3A00%3A00\.000Z&end_date=2019-02-01T23%3A00%3A00\.000Z/);
    }));

  test("what is chosen looks chosen under the pointer; without the drawdown nothing stands empty below", () =>
    seeChart("desk", "/?range=90", async (page) => {
      await centre(page);
      const colour = (name) => page.getByRole("button", { name, exact: true }).evaluate((button) => getComputedStyle(button).backgroundColor);
      await page.getByRole("button", { name: "30 d", exact: true }).click();
      await until(async () => (await colour("30 d")) === (await colour("TWR")), "the chosen range in the colour of what is chosen");
      await page.getByRole("button", { name: "drawdown", exact: true }).click();
      await stage(page).focus();
      await page.keyboard.press("End");
      const free = () => stage(page).evaluate((element) => element.getBoundingClientRect().bottom - element.querySelector(".cursor .line").getBoundingClientRect().bottom);
      await until(async () => (await free()) < 60, "the time axis right below the pane");
    }));

  test("another theme and another width are drawn at once, in their own colours", () =>
    seeChart("desk", "/?range=90", async (page) => {
      const colours = () => page.getByTestId("chart").evaluate((canvas) => {
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
        copy.drawImage(canvas, 0, 0);
        const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
        let [red, green] = [0, 0];
        for (let place = 0; place < data.length; place += 4) {
          if (data[place + 3] < 200) continue;
          if (data[place] > 240 && data[place + 1] < 20) red += 1;
          if (data[place] < 80 && data[place + 1] > 240) green += 1;
        }
        return { red, green, width: canvas.width };
      });
      const before = await colours();
      assert.ok(before.green > 200 && before.red === 0, JSON.stringify(before));
      await page.evaluate(() => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync('[data-theme="test"] { --bright: #ff0000; }');
        document.adoptedStyleSheets = [sheet];
        document.documentElement.dataset.theme = "test";
      });
      await until(async () => { const now = await colours(); return now.red > 200 && now.green === 0; }, "the new colour");
      await page.setViewportSize({ width: 900, height: 900 });
      await until(async () => (await colours()).width < before.width - 300, "the new width");
      assert.ok((await colours()).red > 100);
      await noOverflow(page);
    }));
});
