/** The chart on the real server: lines, flows, gaps and the rebuilt part are what the API's columns say, at every size. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { chartDrawn } from "../browser.mjs";
import { centre, flowMarks, flowWords, pointsDrawn, readout, stage } from "../steps.mjs";
import { EVERY_SIZE, includes, local, percent, realStage, signedUsd, until, usd } from "./stage.mjs";

const real = realStage({ interval: 60 });
const series = (days) => real.read(`/api/performance/series?days=${days}&max_points=0`);
const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};
const click = (page, name) => page.getByRole("button", { name, exact: true }).click();
const utc = (ms) => `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
const whole = (page) => page.getByRole("button", { name: "whole" });

/** How far the return stands below its highest point so far, in percent. */
function drawdowns(twr) {
  let highest = -Infinity;
  return twr.map((value) => {
    highest = Math.max(highest, 1 + value / 100);
    return ((1 + value / 100) / highest - 1) * 100;
  });
}

/** What the page writes on its canvas, and whether it draws with stripes, which is how it dashes a line: a picture has no text. */
const watchPen = (page) => page.addInitScript(() => {
  window.written = new Set();
  const pen = CanvasRenderingContext2D.prototype;
  const { fillText, stroke } = pen;
  pen.fillText = function (text, ...place) {
    window.written.add(text);
    return fillText.call(this, text, ...place);
  };
  pen.stroke = function (...path) {
    if (this.strokeStyle instanceof CanvasPattern) window.written.add("a dashed line");
    return stroke.apply(this, path);
  };
});

/** Two fingers that part: what a phone offers for looking closer. */
async function pinch(page) {
  const box = await stage(page).boundingBox();
  const wire = await page.context().newCDPSession(page);
  const middle = { x: box.x + box.width / 2, y: box.y + box.height / 3 };
  const touch = (type, apart) => wire.send("Input.dispatchTouchEvent", { type, touchPoints: apart === null ? [] : [-1, 1].map((side) => ({ id: side + 1, x: middle.x + side * apart, y: middle.y })) });
  await touch("touchStart", 20);
  for (const apart of [40, 60, 80]) await touch("touchMove", apart);
  await touch("touchEnd", null);
}

async function dragOver(page, from, to) {
  const box = await stage(page).boundingBox();
  await page.mouse.move(box.x + box.width * from, box.y + 100);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * to, box.y + 100, { steps: 5 });
  await page.mouse.up();
}

const HOUR_MS = 3_600_000;
const daysAgo = (days) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);

/** After the button, the stretch stands in the address, and all of its snapshots in the chart. */
async function becomesRange(page, button) {
  const answered = page.waitForResponse((response) => /series\?start_date=/.test(response.url()));
  await click(page, button);
  await page.waitForURL(/from=.*to=/);
  const asked = new URL((await answered).url());
  const { total_points: total } = await real.read(asked.pathname + asked.search.replace(/max_points=\d+/, "max_points=0"));
  assert.ok(total > 24 && total <= 2_000, `${total} points`);
  await until(async () => (await pointsDrawn(page)) === total, `${total} points`);
  assert.equal(await whole(page).isDisabled(), true);
}

for (const size of EVERY_SIZE)
  describe(`chart at ${size}`, { concurrency: false }, () => {
    const see = (path, steps, options) => real.compare(size, async (page, context) => {
      await chartDrawn(page);
      await steps(page, context);
    }, { path, ...options });

    test("every range shows all of its snapshots", () =>
      see("/", async (page) => {
        for (const [name, days] of [["7 d", 7], ["30 d", 30], ["90 d", 90], ["1 y", 365], ["Total", 0]]) {
          await click(page, name);
          await page.locator(`canvas[data-span="${days}"]`).waitFor();
          const { total_points: total } = await series(days);
          let drawn = 0;
          const isAll = () => (total <= 2_000 ? drawn === total : drawn > 500 && drawn <= 2_000);
          // The name of the range stands there before its line does.
          for (const end = Date.now() + 8_000; !isAll() && Date.now() < end; ) drawn = await pointsDrawn(page);
          assert.ok(isAll(), `${drawn} of ${total} points`);
          await page.waitForURL(days === 0 ? /range=total/ : days === 90 ? /^[^?]*(\?range=90)?$/ : new RegExp(`range=${days}`));
        }
      }));

    test("return, value and profit with exact values at both times; the drawdown below", () =>
      see("/?range=30", async (page) => {
        const columns = await series(30);
        const fallen = drawdowns(columns.twr_percent);
        const last = columns.instants_ms.length - 1;
        await stage(page).focus();
        const at = async (key, place, text) => {
          await press(page, key);
          await until(async () => (await readout(page).innerText()).startsWith(text), text);
          includes(await readout(page).innerText(), `${local(columns.instants_ms[place])} UTC`, utc(columns.instants_ms[place]));
        };
        await at("Home", 0, "0.00 %");
        includes(await page.locator(".cursor .tip").innerText(), "rebuilt from records", utc(columns.instants_ms[0]));
        await press(page, "ArrowRight");
        await until(async () => !(await readout(page).innerText()).includes(utc(columns.instants_ms[0])), "a later point");
        const words = await readout(page).innerText();
        const later = columns.instants_ms.findIndex((ms) => words.includes(utc(ms)));
        assert.ok(later > 0 && later < 9, "a step is at most what a pixel holds");
        includes(words, percent(columns.twr_percent[later]));
        await at("End", last, percent(columns.twr_percent[last]));
        assert.equal((await page.locator(".cursor .tip").innerText()).includes("rebuilt"), false);
        const drawdown = page.getByRole("button", { name: "drawdown", exact: true });
        if ((await drawdown.getAttribute("aria-pressed")) === "false") await drawdown.click();
        await until(async () => (await readout(page).innerText()).includes(`drawdown ${percent(fallen[last])}`), `drawdown ${percent(fallen[last])}`);
        await click(page, "value");
        await stage(page).focus();
        await at("End", last, usd(columns.value_usd[last]));
        await click(page, "P&L");
        assert.equal(await page.getByRole("button", { name: "log", exact: true }).isDisabled(), true, "a profit has no logarithm");
        await stage(page).focus();
        await at("End", last, signedUsd(columns.pnl_usd[last]));
      }));

    test("looking closer and moving: keys, pointer, finger, and a stretch as a range", () =>
      see("/?range=90", async (page) => {
        await centre(page);
        await stage(page).focus();
        assert.equal(await whole(page).isDisabled(), true);
        await press(page, "+", "Shift+ArrowLeft", "PageUp", "-", "0");
        await until(async () => whole(page).isDisabled(), "the whole again");
        await click(page, "Zoom in");
        await until(async () => !(await whole(page).isDisabled()), "a closer view");
        if (size !== "phone") await dragOver(page, 0.7, 0.4);
        await whole(page).click();
        await until(async () => whole(page).isDisabled(), "the whole again");
        await centre(page);
        if (size === "phone") await pinch(page);
        else await dragOver(page, 0.3, 0.6);
        await until(async () => !(await whole(page).isDisabled()), "the marked stretch");
        if (size === "phone") return;
        await becomesRange(page, "use this view as range");
      }));

    test("from one day to another", () =>
      see("/", async (page) => {
        await click(page, "custom");
        await page.getByLabel("From", { exact: true }).fill(daysAgo(50));
        await page.getByLabel("To", { exact: true }).fill(daysAgo(60));
        await click(page, "show");
        await page.getByText("The first day must come before the last.").waitFor();
        await page.getByLabel("To", { exact: true }).fill(daysAgo(20));
        await becomesRange(page, "show");
      }));

    test("flows explain themselves", () =>
      see("/?range=90", async (page) => {
        const { cashflows } = await real.read("/api/performance/cashflows");
        const inside = cashflows.filter((flow) => Date.parse(flow.timestamp) > Date.now() - 90 * 86_400_000);
        await centre(page);
        await flowMarks(page).first().focus();
        const [first] = inside;
        includes(await flowWords(page).innerText(), `deposit ${signedUsd(first.amount_usd)}`, `${first.quantity} BTC`, local(first.timestamp), utc(Date.parse(first.timestamp)), "imported");
        await press(page, "ArrowRight");
        await until(async () => (await flowWords(page).innerText()).includes(`withdrawal ${signedUsd(inside[1].amount_usd)}`), "the next flow");
        await press(page, "Escape");
        assert.equal(await stage(page).locator("li").count(), 0);
        const third = flowMarks(page).nth(2);
        if (size === "phone") await third.tap();
        else await third.hover();
        await until(async () => (await flowWords(page).innerText()).includes(`deposit ${signedUsd(inside[2].amount_usd)}`), "the third flow");
      }));

    test("the rebuilt part is dashed up to where live readings begin, a gap is a gap, a logarithm on demand", () =>
      see("/?range=30", async (page) => {
        const { live_from: live, gaps } = await series(30);
        assert.equal(gaps.length, 1);
        await centre(page);
        const summary = page.locator("#chart-summary");
        includes(await summary.textContent(), "1 stretch without snapshots.", `Rebuilt from records before ${local(live)}.`);
        await page.locator(".legend").getByText("rebuilt from records").waitFor();
        const written = () => page.evaluate(() => [...window.written]);
        await until(async () => (await written()).includes("live from here"), "the border of what was rebuilt");
        assert.ok((await written()).includes("a dashed line"));
        await page.evaluate(() => window.written.clear());
        await click(page, "7 d");
        await page.locator('canvas[data-span="7"]').waitFor();
        await until(async () => (await written()).length > 0, "another picture");
        assert.equal((await written()).includes("a dashed line"), false, "a week of live readings");
        const [from, to] = gaps[0];
        const around = new URLSearchParams({ from: new Date(from - 4 * HOUR_MS).toISOString(), to: new Date(to + 4 * HOUR_MS).toISOString() });
        await page.goto(`${real.server.url}/?${around}`);
        await chartDrawn(page);
        await until(async () => (await written()).includes("no snapshots"), "the gap in words");
        await click(page, "log");
        await until(async () => (await page.getByRole("button", { name: "log", exact: true }).getAttribute("aria-pressed")) === "true", "a logarithm");
        await chartDrawn(page);
      }, { prepare: watchPen }));

    test("the table behind it holds every point", () =>
      see("/?range=30", async (page) => {
        const columns = await series(30);
        const fallen = drawdowns(columns.twr_percent);
        await click(page, "show as table");
        await page.getByText(`100 of ${columns.total_points} points, newest first.`).waitFor();
        const rows = page.getByRole("region", { name: "Returns behind the chart" }).locator("tbody tr");
        const row = (place) => [local(columns.instants_ms[place]), percent(columns.twr_percent[place]), percent(fallen[place]), usd(columns.value_usd[place]), signedUsd(columns.pnl_usd[place])];
        includes(await rows.first().innerText(), ...row(columns.total_points - 1));
        assert.equal((await rows.first().innerText()).includes("rebuilt"), false);
        assert.equal(await rows.filter({ hasText: "after a gap" }).count(), 1);
        await click(page, "last");
        await until(async () => (await rows.last().innerText()).includes(local(columns.instants_ms[0])), "the first snapshot of the range");
        includes(await rows.last().innerText(), ...row(0), "rebuilt");
      }));
  });
