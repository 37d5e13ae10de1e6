/** What the page may cost, counted against a running server: `E2E_BASE_URL=http://127.0.0.1:5000 npm run e2e:quality`. What takes time is in `speed.test.mjs`. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";

import lighthouse, { desktopConfig } from "lighthouse";

import { chartDrawn, launch, SIZES, until, witnessed } from "./browser.mjs";
import { PAST_IS_READ_MS, pastIsRead } from "./past.mjs";
import { calm, visit } from "./promises.mjs";

const BASE = process.env.E2E_BASE_URL;
assert.ok(BASE, "set E2E_BASE_URL, for example http://127.0.0.1:5000");

const MOST_SCRIPT_BYTES = 120_000;
const MOST_REQUESTS = 6;
const LEAST_SCORES = { accessibility: 100, "best-practices": 95 };
const PORT = 9_400 + (process.pid % 500);

let browser;

before(async () => {
  browser = await launch(`--remote-debugging-port=${PORT}`);
  await pastIsRead(BASE);
}, { timeout: PAST_IS_READ_MS });

after(async () => {
  await browser.close();
});

/** Bytes over the wire, as a browser asks for them. `fetch` unpacks, so the packed size is asked from the raw answer. */
async function onTheWire(path) {
  const { get } = await import("node:http");
  return new Promise((done, failed) => {
    get(BASE + path, { headers: { "Accept-Encoding": "gzip" } }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", failed);
      response.on("end", () => {
        const packed = Buffer.concat(chunks);
        const isPacked = response.headers["content-encoding"] === "gzip";
        done({ bytes: packed.length, isPacked, text: (isPacked ? gunzipSync(packed) : packed).toString() });
      });
    }).on("error", failed);
  });
}

/** The demo reads its balances every 30 seconds. Runs the steps until no reading fell into them; their answer. */
async function betweenReadings(steps) {
  const revision = async () => (await (await fetch(`${BASE}/api/portfolio/balances`)).json()).revision;
  for (let count = 0; count < 5; count += 1) {
    const before = await revision();
    const answer = await steps();
    if ((await revision()) === before) return answer;
  }
  return assert.fail("the demo never stood still");
}

/** The page's entry and all that it imports at once; what it imports later is not initial. */
async function initialScripts() {
  const { text } = await onTheWire("/");
  const queue = [...text.matchAll(/<(?:script|link)[^>]+(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map((found) => found[1]);
  const seen = new Map();
  while (queue.length > 0) {
    const path = queue.pop();
    if (seen.has(path)) continue;
    const script = await onTheWire(path);
    seen.set(path, script);
    for (const found of script.text.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) queue.push(`/assets/${found[1]}`);
  }
  return seen;
}

describe("what a visit costs", { concurrency: false }, () => {
  test(`initial JavaScript is at most ${MOST_SCRIPT_BYTES / 1000} kB compressed, without the chart`, async (t) => {
    const scripts = await initialScripts();
    const bytes = [...scripts.values()].reduce((sum, each) => sum + each.bytes, 0);
    t.diagnostic(`initial JavaScript: ${(bytes / 1000).toFixed(1)} kB in ${scripts.size} files`);
    for (const [path, script] of scripts) {
      assert.ok(script.isPacked || script.bytes < 1000, `${path} travels uncompressed`);
      assert.doesNotMatch(script.text, /chartjs|Chart\.js|"arc".*"doughnut"/i, `${path} holds the chart`);
    }
    assert.ok(bytes <= MOST_SCRIPT_BYTES, `${bytes} bytes`);
  });

  test(`a load makes at most ${MOST_REQUESTS} requests to the API, each once`, (t) =>
    visit(browser, BASE, "desk", async (page) => {
      const asked = await betweenReadings(async () => {
        await chartDrawn(page);
        await page.waitForTimeout(1000);
        const seen = [];
        const note = (request) => {
          const { pathname, search } = new URL(request.url());
          if (pathname.startsWith("/api/")) seen.push(pathname + search);
        };
        page.on("request", note);
        await page.reload();
        await chartDrawn(page);
        await page.waitForTimeout(1500);
        page.off("request", note);
        return seen;
      });
      t.diagnostic(`requests: ${asked.length}`);
      assert.equal(new Set(asked).size, asked.length, `something was asked twice:\n${asked.join("\n")}`);
      assert.ok(asked.length <= MOST_REQUESTS, asked.join("\n"));
    }, { axe: false }));

  test("an unchanged refresh is answered by 304s", (t) =>
    visit(browser, BASE, "desk", async (page, context) => {
      await chartDrawn(page);
      const wire = await context.newCDPSession(page);
      await wire.send("Network.enable");
      const paths = new Map();
      const codes = new Map();
      wire.on("Network.requestWillBeSent", ({ requestId, request }) => paths.set(requestId, new URL(request.url).pathname));
      wire.on("Network.responseReceivedExtraInfo", ({ requestId, statusCode }) => codes.set(requestId, statusCode));
      const answered = await betweenReadings(async () => {
        await page.waitForTimeout(1500);
        paths.clear();
        await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
        await until(() => [...paths.values()].includes("/api/performance/cashflows"), "everything is read again");
        await page.waitForTimeout(1000);
        return [...paths].filter(([, path]) => path.startsWith("/api/") && path !== "/api/stream").map(([id, path]) => `${path} ${codes.get(id)}`);
      });
      t.diagnostic(answered.join(", "));
      // The status holds the server's present time, so it is new at every reading; it is also the smallest answer.
      const changed = answered.filter((each) => !each.endsWith(" 304") && !each.startsWith("/api/status "));
      assert.ok(answered.length >= 4, "the refresh was seen");
      assert.deepEqual(changed, []);
    }, { axe: false }));

  for (const size of Object.keys(SIZES))
    test(`nothing jumps at ${size}`, (t) =>
      visit(browser, BASE, size, async (page) => {
        await chartDrawn(page);
        await page.waitForTimeout(500);
        t.diagnostic(`layout shift: ${(await witnessed(page)).shift.toFixed(4)}`);
        await calm(page);
      }, { axe: false }));
});

describe("what is left in the browser", () => {
  test("preferences, and nothing else", () =>
    visit(browser, BASE, "desk", async (page, context) => {
      await chartDrawn(page);
      await page.getByRole("button", { name: /hide amounts/i }).first().click();
      await page.reload();
      await page.getByTestId("total").waitFor();
      const kept = await leftIn(page);
      assert.deepEqual(Object.keys(kept.local), ["portfolio.preferences"]);
      assert.deepEqual(Object.keys(kept.session).filter((name) => name !== "vue-router:scroll"), [], "the router's own scroll positions");
      assert.deepEqual(kept.databases, []);
      assert.deepEqual(kept.cached.filter((path) => path.startsWith("/api/")), [], "no figure is kept in a cache of the page's own");
      assert.deepEqual(await context.cookies(), []);
      for (const [name, value] of Object.entries(JSON.parse(kept.local["portfolio.preferences"])))
        assert.ok(typeof value === "boolean" || /^[a-zA-Z]{2,12}$/.test(value), `${name} holds ${JSON.stringify(value)}`);
    }, { axe: false }));
});

function leftIn(page) {
  return page.evaluate(async () => {
    const stored = await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map((request) => new URL(request.url).pathname)));
    return {
      local: { ...localStorage }, session: { ...sessionStorage },
      databases: (await indexedDB.databases()).map((each) => each.name), cached: stored.flat(),
    };
  });
}

describe("Lighthouse", { concurrency: false }, () => {
  async function run(config) {
    const { lhr } = await lighthouse(`${BASE}/`, { port: PORT, output: "json", logLevel: "error", onlyCategories: Object.keys(LEAST_SCORES) }, config);
    return lhr;
  }

  function weak(lhr) {
    const refs = Object.values(lhr.categories).flatMap((category) => category.auditRefs).filter((ref) => ref.weight > 0);
    return refs.map((ref) => lhr.audits[ref.id]).filter((audit) => audit.score !== null && audit.score < 0.9).map((audit) => `${audit.id} ${audit.displayValue ?? ""}`.trim());
  }

  for (const [form, config] of [["phone", undefined], ["desk", desktopConfig]])
    test(`has nothing to say about the page on a ${form}`, { timeout: 180_000 }, async (t) => {
      const report = await run(config);
      for (const [category, least] of Object.entries(LEAST_SCORES)) {
        const score = Math.round(report.categories[category].score * 100);
        t.diagnostic(`${form} ${category}: ${score}`);
        assert.ok(score >= least, weak(report).join(" | "));
      }
    });
});
