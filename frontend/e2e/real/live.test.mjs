/** Staying in step with the real server: what happens at the exchange shows by itself; a lost server is said and found again. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { chartDrawn, stateOf } from "../browser.mjs";
import { LOST } from "../promises.mjs";
import { flows } from "../steps.mjs";
import { EVERY_SIZE, includes, realStage, signedUsd, until, usd } from "./stage.mjs";

const stage = realStage({ interval: 5 });
const SOON_MS = 25_000;
const DEPOSITS = { desk: 111, tablet: 122, phone: 133 };
const comesTo = (page, state) => until(async () => (await stateOf(page)) === state, `state ${state}`, SOON_MS);
const balances = () => stage.read("/api/portfolio/balances");
const deposit = (amount) => stage.exchange.control("POST", "events", { kind: "deposit", asset: "USDT", amount: String(amount) });

/** The page shows the total that the server has, whatever the server reads meanwhile. */
const isRight = (page) => until(async () => (await page.getByTestId("total").innerText()) === usd((await balances()).total_value_usd), "the server's total", SOON_MS);

for (const size of EVERY_SIZE)
  describe(`live at ${size}`, { concurrency: false }, () => {
    test("a deposit shows by itself, and only what rang is asked", () =>
      stage.see(size, async (page) => {
        await flows(page).first().waitFor();
        await chartDrawn(page);
        await page.waitForTimeout(500);
        const [asked, read] = [[], new Set()];
        page.on("request", (request) => asked.push(new URL(request.url()).pathname));
        page.on("response", async (response) => {
          if (response.url().endsWith("/balances") && response.status() === 200) read.add((await response.json()).revision);
        });
        const before = (await balances()).revision;
        await deposit(DEPOSITS[size]);
        const row = flows(page).filter({ hasText: signedUsd(DEPOSITS[size]) });
        await row.waitFor({ timeout: SOON_MS });
        includes(await row.innerText(), "imported");
        await isRight(page);
        const rings = asked.filter((path) => path === "/api/portfolio/balances").length;
        assert.ok(rings >= 1 && rings <= (await balances()).revision - before + 1, `${rings} readings: no polling`);
        assert.ok([...read].every((revision) => revision > before), "each reading brought something new");
        assert.ok(!asked.includes("/api/stream"), "the stream stayed open");
      }));

    test("a server that stops is said with the age of what is shown, and is found again", () =>
      stage.see(size, async (page) => {
        await comesTo(page, "live");
        await chartDrawn(page);
        const tries = [];
        page.on("request", (request) => request.url().endsWith("/api/stream") && tries.push(Date.now()));
        await stage.server.halt();
        const stopped = Date.now();
        await page.getByText(/not live; trying again in/).first().waitFor({ timeout: SOON_MS });
        await comesTo(page, "offline");
        includes(await page.getByTestId("state").innerText(), "SERVER UNREACHABLE", "Check that the portfolio server is running");
        assert.match(await page.getByTestId("state").innerText(), /Figures shown were read \d+ s ago/);
        assert.match(await page.getByTestId("total").innerText(), /^\$2\d,\d{3}\.\d\d$/);
        await until(() => tries.length >= 3, "three tries", 15_000);
        const [first, second, third] = tries.map((at, place) => at - (tries[place - 1] ?? stopped));
        assert.ok(second > first && third > second * 1.2, `ever more slowly: ${first}, ${second}, ${third} ms`);
        await stage.server.resume();
        await comesTo(page, "live");
        await page.getByText(/not live/).waitFor({ state: "detached", timeout: SOON_MS });
        await isRight(page);
      }, { expected: LOST }));

    test("a page that slept through the night is right within two seconds of waking", () =>
      stage.see(size, async (page) => {
        await comesTo(page, "live");
        await flows(page).first().waitFor();
        await page.clock.pauseAt(Date.now() + 1_000);
        await page.context().setOffline(true);
        const count = (await stage.read("/api/performance/cashflows")).count;
        await deposit(DEPOSITS[size] + 5);
        await until(async () => (await stage.read("/api/performance/cashflows")).count > count, "the server knows", SOON_MS);
        await page.context().setOffline(false);
        const woke = Date.now();
        await page.clock.fastForward("08:00:00");
        await page.clock.resume();
        await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
        await flows(page).filter({ hasText: signedUsd(DEPOSITS[size] + 5) }).waitFor();
        await isRight(page);
        assert.ok(Date.now() - woke < 2_000, `${Date.now() - woke} ms`);
      }, { expected: LOST, prepare: (page) => page.clock.install() }));
  });
