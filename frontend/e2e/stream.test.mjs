/** Staying in step: rings, lost streams, lost networks, sleep, back-off, against the stand-in server. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { chartDrawn, stateOf, until } from "./browser.mjs";
import { accessible, LOST } from "./promises.mjs";
import { standIn } from "./stand-in.mjs";

const { server, see } = standIn();

describe("live", { concurrency: false }, () => {
  test("a ring changes the total, without polling in between", () =>
    see("desk", async (page) => {
      const total = page.getByTestId("total");
      await total.waitFor();
      const before = await total.innerText();
      await page.waitForTimeout(800);
      server.requests.length = 0;
      await page.waitForTimeout(2500);
      assert.deepEqual(server.requests, [], "an idle page asks nothing");
      server.scene.readAt = Date.now();
      server.ring("portfolio");
      await until(async () => (await total.innerText()) !== before, "a new total");
      assert.deepEqual([...server.requests].sort(), ["GET /api/portfolio/balances", "GET /api/status"]);
    }));

  test("a lost stream is said, and re-read once when it is back", () =>
    see("desk", async (page) => {
      await page.getByText("Balances and prices are current.").first().waitFor();
      server.cutStreams(false);
      await page.getByText(/not live/).waitFor();
      await accessible(page);
      assert.equal(await stateOf(page), "live", "the server still answers");
      server.cutStreams(true);
      server.requests.length = 0;
      await page.getByText(/not live/).waitFor({ state: "detached" });
      await page.waitForTimeout(500);
      assert.equal(server.requests.filter((each) => each === "GET /api/portfolio/balances").length, 1);
      assert.equal(server.requests.filter((each) => each.startsWith("GET /api/performance/windows")).length, 1);
    }, { expected: LOST }));

  test("a lost network is said with the age of what is shown, and mends itself", () =>
    see("desk", async (page) => {
      await page.getByText("Balances and prices are current.").first().waitFor();
      await chartDrawn(page);
      await page.context().setOffline(true);
      server.cutStreams(true);
      await until(async () => (await stateOf(page)) === "offline", "offline after some seconds");
      assert.match(await page.getByTestId("state").innerText(), /Figures shown were read \d+ s ago/);
      assert.match(await page.getByTestId("total").innerText(), /^\$7/);
      await accessible(page);
      await page.context().setOffline(false);
      await until(async () => (await stateOf(page)) === "live", "live again");
    }, { expected: LOST }));

  test("a page that slept reads everything at once when it wakes", () =>
    see("desk", async (page) => {
      await chartDrawn(page);
      await page.waitForTimeout(500);
      server.requests.length = 0;
      server.scene.revision += 1;
      server.scene.readAt = Date.now();
      await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
      await until(async () => server.requests.includes("GET /api/portfolio/balances") && server.requests.some((each) => each.startsWith("GET /api/performance/windows")), "a re-read");
    }));

  test("a lid closed for a night: right within two seconds of opening it", () =>
    see("desk", async (page) => {
      await until(async () => (await stateOf(page)) === "live", "live first");
      await chartDrawn(page);
      const before = await page.getByTestId("total").innerText();
      server.deafen();
      server.scene.revision += 40;
      server.scene.readAt = Date.now();
      server.scene.state = "limited";
      await page.clock.fastForward("08:00:00");
      const opened = Date.now();
      await until(async () => (await stateOf(page)) === "limited" && (await page.getByTestId("total").innerText()) !== before, "the state and the total of the morning", 2_000);
      assert.ok(Date.now() - opened <= 2_000);
      await page.clock.runFor(1_000);
      assert.match(await page.getByTestId("age").innerText(), /^\d+ s$/, "the age is counted from the server's clock, not from the evening");
    }, { prepare: (page) => page.clock.install() }));

  test("a lost stream is tried again ever more slowly", () =>
    see("desk", async (page) => {
      await until(async () => (await stateOf(page)) === "live", "live first");
      const tries = [];
      page.on("request", (request) => {
        if (request.url().endsWith("/api/stream")) tries.push(Date.now());
      });
      const cut = Date.now();
      server.cutStreams(false);
      await page.getByText(/trying again in/).first().waitFor();
      await until(() => tries.length >= 3, "three tries", 12_000);
      const [first, second, third] = tries.map((at, place) => at - (tries[place - 1] ?? cut));
      assert.ok(first >= 900 && first < 2_500, `first after ${first} ms`);
      assert.ok(second > first * 1.3, `second ${second} ms after ${first} ms`);
      assert.ok(third > second * 1.3, `third ${third} ms after ${second} ms`);
      server.cutStreams(true);
      await page.getByText(/not live/).waitFor({ state: "detached", timeout: 20_000 });
    }, { expected: LOST }));

  test("live grows stale by itself when nothing is heard", async () => {
    server.scene.readAt = Date.now() - 88_000;
    await see("desk", async (page) => {
      await until(async () => (await stateOf(page)) === "stale", "stale after three intervals");
    });
  });

  test("a server that is not there is said in words", async () => {
    await see("desk", async (page) => {
      await page.route("**/api/**", (route) => route.abort());
      await page.reload();
      await page.getByText("The portfolio server did not answer").waitFor();
    }, { expected: LOST });
  });

  test("the first load asks each thing once", () =>
    see("desk", async (page) => {
      await chartDrawn(page);
      await page.waitForTimeout(600);
      assert.equal(new Set(server.requests).size, server.requests.length, server.requests.join("\n"));
    }));
});
