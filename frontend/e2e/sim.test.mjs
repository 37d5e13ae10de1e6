/** The states once more, this time for real: the real server reads a stand-in exchange that misbehaves. */

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { launch, stateOf, until } from "./browser.mjs";
import { allWords, visit } from "./promises.mjs";
import { Exchange, RealServer } from "./real-server.mjs";

const PATIENCE_MS = 25_000;
const ACCOUNT = "GET /api/v3/account";
let browser;

before(async () => {
  browser = await launch();
});

after(async () => {
  await browser.close();
});

const comesTo = (page, state) => until(async () => (await stateOf(page)) === state, `state ${state}`, PATIENCE_MS);

async function says(page, ...words) {
  const text = await allWords(page);
  for (const each of words) assert.match(text, each);
}

describe("an exchange that misbehaves", { concurrency: false }, () => {
  let exchange, server;

  before(async () => {
    exchange = await new Exchange().start();
    await exchange.misbehave(ACCOUNT, "latency", { latency_ms: 4000, count: 1 });
    server = await new RealServer().start(exchange);
  });

  after(async () => {
    await server?.stop();
    await exchange?.stop();
  });

  const see = (steps, size = "phone") => visit(browser, server.url, size, steps);

  test("connecting, then live, with too little history to measure", () =>
    see(async (page) => {
      await comesTo(page, "connecting");
      await says(page, /waiting for the first complete reading/i);
      assert.equal(await page.getByTestId("total").innerText(), "—");
      await comesTo(page, "live");
      await page.getByTestId("total").filter({ hasText: "$" }).waitFor();
      for (const days of [7, 0]) assert.doesNotMatch(await page.getByTestId(`card-${days}`).getByTestId("twr").innerText(), /\d/, "no return from one snapshot");
      await says(page, /snapshots/i);
    }));

  const faults = [
    { state: "partial", route: "POST /sapi/v1/asset/get-funding-asset", template: "html_500", words: [/funding/i, /nothing false was stored/i] },
    { state: "down", route: ACCOUNT, template: "html_502", words: [/could not be reached/i] },
    { state: "clock_off", route: ACCOUNT, template: "error", more: { code: -1021, msg: "Timestamp for this request is outside of the recvWindow.", status: 400 }, words: [/time synchronisation/i] },
    { state: "limited", route: ACCOUNT, template: "rate_limited", more: { retry_after: 6, count: 1 }, words: [/fewer requests/i, /resume by themselves/i] },
  ];
  for (const { state, route, template, more = {}, words } of faults)
    test(`${state}, and back`, () =>
      see(async (page) => {
        await comesTo(page, "live");
        const total = await page.getByTestId("total").innerText();
        await exchange.misbehave(route, template, more);
        await comesTo(page, state);
        await says(page, ...words, /were read \d+ s ago/);
        assert.notEqual(await page.getByTestId("total").innerText(), "—", `${total} stays on screen`);
        await exchange.behave();
        await comesTo(page, "live");
      }));

  test("key refused", () =>
    see(async (page) => {
      await comesTo(page, "live");
      await exchange.misbehave(ACCOUNT, "error", { code: -2015, msg: "Invalid API-key, IP, or permissions for action.", status: 401 });
      await comesTo(page, "key_refused");
      await says(page, /does not accept the API key/i, /API Management/);
    }));
});

test("banned, with a countdown that runs", async () => {
  const exchange = await new Exchange().start();
  const server = await new RealServer().start(exchange);
  try {
    await visit(browser, server.url, "phone", async (page) => {
      await comesTo(page, "live");
      await exchange.misbehave(ACCOUNT, "banned", { retry_after: 600 });
      await comesTo(page, "banned");
      await says(page, /ends in (9 min \d+|10 min 0) s/, /stop other programs/i, /were read \d+ s ago/);
      const before = await page.getByTestId("state").innerText();
      await until(async () => (await page.getByTestId("state").innerText()) !== before, "the countdown counts");
    });
  } finally {
    await server.stop();
    await exchange.stop();
  }
});

test("no key: the first steps, and nothing claimed", async () => {
  const server = await new RealServer().start();
  try {
    await visit(browser, server.url, "phone", async (page) => {
      await page.getByRole("heading", { name: /first steps/i }).waitFor();
      await says(page, /Enable Reading/, /do not tick:\s*Enable Withdrawals/i, /dashboard-crypto demo/);
      assert.doesNotMatch(await page.locator("main").innerText(), /[$€₿]\s?\d/);
    });
  } finally {
    await server.stop();
  }
});

test("an empty account is worth nothing, and says so", async () => {
  const place = await mkdtemp(join(tmpdir(), "e2e-scenario-"));
  const scenario = join(place, "empty.toml");
  await writeFile(scenario, 'name = "empty"\nopened_at = "2024-01-01T00:00:00Z"\nseed = 3\n');
  const exchange = await new Exchange().start(scenario);
  const server = await new RealServer().start(exchange);
  try {
    await visit(browser, server.url, "phone", async (page) => {
      await comesTo(page, "live");
      await until(async () => (await page.getByTestId("total").innerText()) === "$0.00", "a true zero");
    });
  } finally {
    await server.stop();
    await exchange.stop();
    await rm(place, { recursive: true, force: true });
  }
});
