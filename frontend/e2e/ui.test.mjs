/** The page in a real browser, in every state, against the fixture server. `npm run e2e` */

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { accessible, chartDrawn, launch, noOverflow, openPage, SIZES } from "./browser.mjs";
import { FixtureServer, SCENES } from "./fixture-server.mjs";
import { HOSTILE } from "./fixture-data.mjs";

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
  server.cutStreams(true);
  server.show("live");
  server.requests.length = 0;
});

/** Opens the page, runs the steps, and holds the page to its promises. */
async function visit(size, steps, options = {}) {
  const { page, context, complaints, hosts } = await openPage(browser, size, options);
  await page.goto(url + (options.path ?? "/"));
  try {
    await steps(page, complaints);
    assert.deepEqual(complaints, []);
    assert.deepEqual([...hosts], [new URL(url).host]);
  } finally {
    await context.close();
  }
}

const stateOf = (page) => page.getByTestId("state").getAttribute("data-state");

async function until(check, what) {
  const deadline = Date.now() + 8_000;
  while (Date.now() < deadline) {
    if (await check()) return;
    await new Promise((wake) => setTimeout(wake, 50));
  }
  assert.fail(`waited in vain: ${what}`);
}

describe("every state, at every size", { concurrency: false }, () => {
  for (const name of Object.keys(SCENES))
    for (const size of Object.keys(SIZES))
      test(`${name} at ${size}`, async () => {
        server.show(name);
        const scene = server.scene;
        await visit(size, async (page) => {
          const expected = scene.readAt === null && scene.state === "live" ? "connecting" : scene.state;
          await until(async () => (await stateOf(page)) === expected, `state ${expected}`);
          await page.waitForTimeout(400);
          await noOverflow(page);
          if (size !== "tablet") await accessible(page);
          if (scene.index.length > 1) await chartDrawn(page);
          if (scene.readAt === null) assert.doesNotMatch(await page.locator("main").innerText(), /total value\s+\$/i);
        });
      });
});

describe("what is shown", { concurrency: false }, () => {
  test("total, four cards, chart, holdings and flows", () =>
    visit("desk", async (page) => {
      assert.match(await page.getByTestId("total").innerText(), /^\$7\d,\d{3}\.\d\d$/);
      for (const days of [7, 30, 90, 0]) assert.match(await page.getByTestId(`card-${days}`).getByTestId("twr").innerText(), /^[+−]\d/);
      assert.match(await page.getByTestId("card-90").innerText(), /extrapolated from 90 days, not achieved/);
      assert.match(await page.getByTestId("card-0").innerText(), /achieved over 400 days/);
      await chartDrawn(page);
      assert.match(await page.title(), /^\$7\d,\d{3}\.\d\d · Portfolio Manager$/);
    }));

  test("no figure before the first reading", async () => {
    server.show("connecting");
    await visit("desk", async (page) => {
      await page.getByText("Waiting for the first complete reading").first().waitFor();
      assert.equal(await page.getByTestId("total").innerText(), "—");
      assert.equal(await page.title(), "Portfolio Manager");
    });
  });

  test("markup in coin names and notes stays text", async () => {
    server.show("unpriced");
    await visit("desk", async (page) => {
      await page.getByRole("table").getByText(HOSTILE).first().waitFor();
      await page.getByText(`rent ${HOSTILE}`).waitFor();
      assert.equal(await page.locator("img").count(), 0);
      assert.match(await page.locator("main").innerText(), /no price/);
    });
  });

  test("sorting, hiding small ones, wallets", () =>
    visit("desk", async (page) => {
      const first = () => page.locator("tbody tr.row .name").first().innerText();
      assert.equal(await first(), "BTC");
      await page.getByRole("button", { name: "Asset" }).click();
      assert.equal(await first(), "BNB");
      await page.getByRole("button", { name: /hide 2 below/ }).click();
      assert.equal(await page.locator("tbody tr.row").count(), 7);
      await page.getByRole("button", { name: "BTC" }).click();
      assert.match(await page.locator("tr.detail:visible").innerText(), /Spot\s+0\.4 BTC[^]*Earn, flexible\s+0\.112 BTC/);
      await page.reload();
      await page.locator("tbody tr.row").first().waitFor();
      assert.equal(await page.locator("tbody tr.row").count(), 7, "the choice is remembered");
    }));

  test("hiding amounts hides every amount, also in the title", () =>
    visit("desk", async (page) => {
      await page.getByRole("button", { name: /hide amounts/ }).click();
      const text = await page.locator("main").innerText();
      for (const amount of ["74,", "47,1", "1,000.00", "45,2"]) assert.ok(!text.includes(amount), `${amount} is visible`);
      assert.doesNotMatch(await page.title(), /\d/);
    }));

  test("the range is part of the address, and the chart answers to the keyboard", () =>
    visit("desk", async (page) => {
      await chartDrawn(page);
      await page.getByRole("button", { name: "30 d", exact: true }).click();
      await page.waitForURL(/range=30/);
      await page.getByLabel("Chart; arrow keys move the cursor").focus();
      await page.keyboard.press("Home");
      const readout = page.locator(".readout");
      await until(async () => (await readout.innerText()).startsWith("0.00 %"), "the window's base at Home");
      assert.match(await readout.innerText(), /UTC\+0[12]:00 · .* UTC$/m);
      await page.keyboard.press("ArrowRight");
      await until(async () => !(await readout.innerText()).startsWith("0.00 %"), "the next point");
      await page.getByRole("button", { name: "show as table" }).click();
      assert.ok((await page.getByRole("region", { name: "Returns behind the chart" }).locator("tbody tr").count()) > 20);
      await accessible(page);
    }));

  for (const size of ["desk", "phone"])
    test(`one click opens the working of a return at ${size}`, () =>
      visit(size, async (page) => {
        await page.getByTestId("card-90").getByRole("button", { name: /why this number/ }).click();
        const dialog = page.getByRole("dialog");
        await dialog.getByText("Product of 4 factors").waitFor();
        const twr = await page.getByTestId("card-90").getByTestId("twr").innerText();
        assert.ok((await dialog.locator(".sum").first().innerText()).includes(twr.slice(0, 5)));
        await accessible(page);
        await noOverflow(page);
        await page.keyboard.press("Escape");
        await until(async () => (await page.getByRole("dialog").count()) === 0, "the dialog closes");
      }));

  test("a linked range opens at once", () =>
    visit("desk", async (page) => {
      await chartDrawn(page);
      assert.equal(await page.getByRole("button", { name: "Total", exact: true }).getAttribute("aria-pressed"), "true");
      assert.equal(server.requests.filter((each) => each.includes("/series")).join(), "GET /api/performance/series?days=0&max_points=2000");
    }, { path: "/?range=total" }));

  test("still and readable for those who want no motion", () =>
    visit("desk", async (page) => {
      await page.getByTestId("total").waitFor();
      const moving = await page.evaluate(() => document.getAnimations().length);
      assert.equal(moving, 0);
    }, { reducedMotion: "reduce" }));
});

describe("cash flows", { concurrency: false }, () => {
  for (const size of ["desk", "phone"])
    test(`add back-dated, edit, delete, undo at ${size}`, () =>
      visit(size, async (page) => {
        const flows = page.getByTestId("flow");
        await flows.first().waitFor();
        await page.getByRole("button", { name: "+ add" }).click();
        await accessible(page);
        await noOverflow(page);
        await page.getByLabel("withdrawal", { exact: true }).check();
        await page.getByLabel("Amount (USD)").fill("1,234.50");
        await page.getByLabel("When (your time)").fill("2026-02-03T10:15");
        await page.getByLabel("Note (optional)").fill("tax <b>2025</b>");
        await page.getByRole("button", { name: "add", exact: true }).click();
        const added = flows.filter({ hasText: "−$1,234.50" });
        await added.waitFor();
        assert.match(await added.innerText(), /2026-02-03 10:15/);
        assert.match(await added.innerText(), /tax <b>2025<\/b>/);
        assert.equal(server.scene.flows.at(-1).timestamp, "2026-02-03T09:15:00.000Z");

        await added.getByRole("button", { name: /^Edit/ }).click();
        await page.getByLabel("Amount (USD)").fill("1200");
        await page.getByRole("button", { name: "save" }).click();
        const edited = flows.filter({ hasText: "−$1,200.00" });
        await edited.waitFor();

        await edited.getByRole("button", { name: /^Delete/ }).click();
        await edited.getByRole("button", { name: /^Yes, delete/ }).click();
        await page.getByText("Deleted −$1,200.00").waitFor();
        assert.equal(await flows.count(), 5);
        await noOverflow(page);
        await page.getByRole("button", { name: "undo" }).click();
        await edited.waitFor();
      }));

  test("errors stand at their field, from the page and from the server", () =>
    visit("desk", async (page, complaints) => {
      await page.getByRole("button", { name: "+ add" }).click();
      await page.getByRole("button", { name: "add", exact: true }).click();
      const amount = page.getByLabel("Amount (USD)");
      assert.equal(await amount.getAttribute("aria-invalid"), "true");
      assert.equal(await amount.evaluate((field) => field === document.activeElement), true);
      await amount.fill("5");
      await page.getByLabel("Note (optional)").fill("reject me");
      await page.getByRole("button", { name: "add", exact: true }).click();
      await page.getByText("This note is refused.").waitFor();
      await accessible(page);
      assert.equal(await page.getByTestId("flow").count(), 5, "nothing was added");
      // Chromium itself writes a line for every 4xx answer; that one is expected here.
      assert.equal(complaints.filter((each) => !each.includes("422")).length, 0);
      complaints.length = 0;
    }));

  test("in coins", () =>
    visit("desk", async (page) => {
      await page.getByRole("button", { name: "+ add" }).click();
      await page.getByLabel(/in coins/).check();
      await page.getByLabel("Coin", { exact: true }).fill("btc");
      await page.getByLabel("Quantity").fill("0.05");
      await page.getByRole("button", { name: "add", exact: true }).click();
      await page.getByTestId("flow").filter({ hasText: "0.05 BTC" }).waitFor();
    }));

  test("an imported flow can be neither edited nor deleted", () =>
    visit("desk", async (page) => {
      const imported = page.getByTestId("flow").filter({ hasText: "imported" });
      await imported.waitFor();
      assert.equal(await imported.getByRole("button").count(), 0);
    }));
});

describe("live", { concurrency: false }, () => {
  test("a ring changes the total, without polling in between", () =>
    visit("desk", async (page) => {
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
    visit("desk", async (page, complaints) => {
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
      assert.equal(server.requests.filter((each) => each === "GET /api/performance/stats").length, 1);
      complaints.length = 0;
    }));

  test("a lost network is said with the age of what is shown, and mends itself", () =>
    visit("desk", async (page, complaints) => {
      await page.getByText("Balances and prices are current.").first().waitFor();
      await page.context().setOffline(true);
      server.cutStreams(true);
      await until(async () => (await stateOf(page)) === "offline", "offline after some seconds");
      assert.match(await page.getByTestId("state").innerText(), /Figures shown were read \d+ s ago/);
      assert.match(await page.getByTestId("total").innerText(), /^\$7/);
      await accessible(page);
      await page.context().setOffline(false);
      await until(async () => (await stateOf(page)) === "live", "live again");
      complaints.length = 0;
    }));

  test("a page that slept reads everything at once when it wakes", () =>
    visit("desk", async (page) => {
      await chartDrawn(page);
      await page.waitForTimeout(500);
      server.requests.length = 0;
      server.scene.revision += 1;
      server.scene.readAt = Date.now();
      await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
      await until(async () => server.requests.includes("GET /api/portfolio/balances") && server.requests.includes("GET /api/performance/stats"), "a re-read");
    }));

  test("live grows stale by itself when nothing is heard", async () => {
    server.scene.readAt = Date.now() - 88_000;
    await visit("desk", async (page) => {
      await until(async () => (await stateOf(page)) === "stale", "stale after three intervals");
    });
  });

  test("a server that is not there is said in words", async () => {
    await visit("desk", async (page, complaints) => {
      await page.route("**/api/**", (route) => route.abort());
      await page.reload();
      await page.getByText("The portfolio server did not answer").waitFor();
      complaints.length = 0;
    });
  });

  test("the first load asks each thing once", () =>
    visit("desk", async (page) => {
      await chartDrawn(page);
      await page.waitForTimeout(600);
      assert.equal(new Set(server.requests).size, server.requests.length, server.requests.join("\n"));
    }));
});
