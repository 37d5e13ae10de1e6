/** Every state for real, at every size: the real server reads a stand-in exchange that misbehaves, or has no key, or no money. */

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { launch, stateOf } from "../browser.mjs";
import { keepsPromises, LOST, says, visit } from "../promises.mjs";
import { Exchange, RealServer } from "../real-server.mjs";
import { EVERY_SIZE, until } from "./stage.mjs";

const PATIENCE_MS = 45_000;
const ACCOUNT = "GET /api/v3/account";
const AGE = /were read (\d+ min )?\d+ s ago/;
/** Also what a part of the page says that was still on its way when the network went. */
const PARTED = new RegExp(`${LOST.source}|Unable to preload CSS`);
let browser;

before(async () => {
  browser = await launch();
});

after(async () => {
  await browser.close();
});

const comesTo = (page, state) => until(async () => (await stateOf(page)) === state, `state ${state}`, PATIENCE_MS);
const total = (page) => page.getByTestId("total");

/** The steps on three windows at once: a state can be over before a second and a third had been opened. */
const seeAll = (server, steps, options) => Promise.all(EVERY_SIZE.map((size) => visit(browser, server.url, size, (page, context) => steps(page, size, context), { axe: size === "phone", ...options })));

async function claimsNothing(page) {
  if ((await total(page).count()) > 0) assert.equal(await total(page).innerText(), "—");
  assert.doesNotMatch(await page.title(), /\d/);
  assert.doesNotMatch(await page.locator("main").innerText(), /[$€₿]\s?\d/);
}

describe("an exchange that misbehaves", { concurrency: false }, () => {
  const exchange = new Exchange();
  const server = new RealServer();

  before(async () => {
    await exchange.start();
    await exchange.misbehave(ACCOUNT, "latency", { latency_ms: 12_000, count: 1 });
    await server.start(exchange);
  });

  after(async () => {
    await server.stop();
    await exchange.stop();
  });

  test("connecting, then live, with too little history to measure and the past still being read", () =>
    seeAll(server, async (page, size) => {
      await comesTo(page, "connecting");
      await says(page, [/waiting for the first complete reading/i, /a few seconds/]);
      await claimsNothing(page);
      await keepsPromises(page, { axe: size === "phone" });
      await comesTo(page, "live");
      await total(page).filter({ hasText: "$" }).waitFor();
      for (const days of [7, 0]) {
        const figure = page.getByTestId(`card-${days}`).getByTestId("twr");
        await figure.filter({ hasText: "not known" }).waitFor();
        assert.doesNotMatch(await figure.innerText(), /\d/, "no return from one snapshot");
      }
      await says(page, [/needs two complete snapshots/i, /the first return will be known at about (\d{4}-\d\d-\d\d )?\d\d:\d\d/i, /% of the account's past has been read/]);
    }));

  const down = { state: "down", route: ACCOUNT, template: "html_502", words: [/could not be reached/i, /check the server's network/i] };
  const faults = [
    { state: "partial", route: "POST /sapi/v1/asset/get-funding-asset", template: "html_500", words: [/funding/i, /nothing false was stored/i] },
    down,
    { state: "clock_off", route: ACCOUNT, template: "error", more: { code: -1021, msg: "Timestamp for this request is outside of the recvWindow.", status: 400 }, words: [/time synchronisation/i] },
    { state: "limited", route: ACCOUNT, template: "rate_limited", more: { retry_after: 12, count: 1 }, words: [/fewer requests/i, /ends in \d+ s/, /resume by themselves/i] },
    { state: "stale", route: ".", template: "latency", more: { latency_ms: 11_000 }, words: [/last complete reading/i, /tries again by itself/i] },
  ];
  for (const { state, route, template, more = {}, words } of faults)
    test(`${state}, and back`, async () => {
      const gate = new Gate(EVERY_SIZE.length);
      await seeAll(server, async (page, size) => {
        await comesTo(page, "live");
        const shown = await total(page).innerText();
        await gate.all(() => exchange.misbehave(route, template, more));
        await comesTo(page, state);
        await says(page, [...words, AGE]);
        assert.match(await total(page).innerText(), /^\$[\d,]+\.\d\d$/, `${shown} stays on screen`);
        await keepsPromises(page, { axe: size === "phone" });
        await gate.all(() => exchange.behave());
        await comesTo(page, "live");
      });
    });

  test("offline browser, and back", () =>
    seeAll(server, async (page, _size, context) => {
      await comesTo(page, "live");
      const shown = await total(page).innerText();
      await context.setOffline(true);
      await comesTo(page, "offline");
      await says(page, [/lost its own server/i, /this device has no network/i, AGE]);
      assert.equal((await total(page).innerText())[0], shown[0], "the last figures stay");
      await keepsPromises(page);
      await context.setOffline(false);
      await comesTo(page, "live");
    }, { expected: PARTED }));

  test("key refused", () =>
    Promise.all([seeAll(server, async (page) => {
      await comesTo(page, "key_refused");
      await says(page, [/does not accept the API key/i, /API Management/, AGE]);
    }), exchange.misbehave(ACCOUNT, "error", { code: -2015, msg: "Invalid API-key, IP, or permissions for action.", status: 401 })]));
});

test("banned, with a countdown that runs", async () => {
  const exchange = await new Exchange().start();
  const server = await new RealServer().start(exchange);
  try {
    await until(async () => (await server.read("/api/status")).exchange.state === "live", "a first reading", PATIENCE_MS);
    await exchange.misbehave(ACCOUNT, "banned", { retry_after: 600 });
    await seeAll(server, async (page) => {
      await comesTo(page, "banned");
      await says(page, [/ends in (9 min \d+|10 min 0) s/, /banned this IP address/i, /stop other programs/i, AGE]);
      const words = await page.getByTestId("state").innerText();
      await until(async () => (await page.getByTestId("state").innerText()) !== words, "the countdown counts");
      assert.match(await total(page).innerText(), /^\$[\d,]+\.\d\d$/);
    });
  } finally {
    await server.stop();
    await exchange.stop();
  }
});

test("no key: the first steps, and nothing claimed", async () => {
  const server = await new RealServer().start();
  try {
    await seeAll(server, async (page) => {
      await page.getByRole("heading", { name: /first steps/i }).waitFor();
      await says(page, [/Enable Reading/, /do not tick:\s*Enable Withdrawals/i, /dashboard-crypto demo/, /BINANCE_API_KEY/]);
      await claimsNothing(page);
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
    await seeAll(server, async (page) => {
      await comesTo(page, "live");
      await until(async () => (await total(page).innerText()) === "$0.00", "a true zero");
      await says(page, [/holds nothing that Binance reports/]);
    });
  } finally {
    await server.stop();
    await exchange.stop();
    await rm(place, { recursive: true, force: true });
  }
});

/** Where several windows wait for each other; the last to come does what all were waiting for. */
class Gate {
  constructor(count) {
    this.count = count;
    this.waiting = [];
  }

  all(deed) {
    return new Promise((passed, failed) => {
      this.waiting.push({ passed, failed });
      if (this.waiting.length < this.count) return;
      const together = this.waiting.splice(0);
      deed().then(() => together.forEach((each) => each.passed()), (error) => together.forEach((each) => each.failed(error)));
    });
  }
}
