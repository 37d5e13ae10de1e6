/** Another currency, and the prices of a day ago: what is known is shown, what is not says so. Against the stand-in server. */

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { chartDrawn, launch, until } from "./browser.mjs";
import { FixtureServer } from "./fixture-server.mjs";
import { visit } from "./promises.mjs";

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

const see = (size, steps, { preferences, ...options } = {}) =>
  visit(browser, url, size, steps, {
    ...options,
    prepare: (page) => page.addInitScript((kept) => localStorage.setItem("portfolio.preferences", kept), JSON.stringify(preferences ?? {})),
  });
const readout = (page) => page.locator(".readout").innerText();
const showValue = async (page) => {
  await chartDrawn(page);
  await page.getByRole("button", { name: "value", exact: true }).click();
};

describe("the change of a price in a day", { concurrency: false }, () => {
  for (const size of ["desk", "tablet", "phone"])
    test(`stands beside every holding at ${size}`, async () => {
      server.show("unpriced");
      await see(size, async (page) => {
        const row = (name) => page.locator("tr.row", { hasText: name });
        await row("BTC").waitFor();
        assert.match(await row("BTC").innerText(), /[+−]\d\.\d\d %/);
        assert.match(await row("VTHO").innerText(), /n\/a/);
        assert.equal(await row("VTHO").locator("[title]:visible").getAttribute("title"), "Not known: no price of this coin was stored 24 hours ago.");
        assert.doesNotMatch(await row("OLDCOIN").innerText(), /[+−]\d/);
      });
    });

  test("can be sorted by, the unknown last", () =>
    see("desk", async (page) => {
      await page.getByRole("button", { name: "24 h", exact: true }).click();
      const names = page.locator("tbody tr.row .name");
      assert.equal(await names.last().innerText(), "VTHO");
      await page.getByRole("button", { name: "24 h", exact: true }).click();
      assert.equal(await names.last().innerText(), "VTHO");
    }));
});

describe("values of the past in another currency", { concurrency: false }, () => {
  for (const size of ["desk", "tablet", "phone"])
    test(`are counted at the rate of their time at ${size}`, () =>
      see(size, async (page) => {
        await showValue(page);
        await until(async () => /^€\d{2,3},\d{3}\.\d\d/.test(await readout(page)), "the value in euros");
        await page.getByText("in EUR, every value at the rate of its own time").waitFor();
        await page.getByRole("button", { name: "P&L", exact: true }).click();
        await until(async () => /^[+−]\$/.test(await readout(page)), "the profit in dollars");
        await page.getByText("profit and loss are in USD").waitFor();
      }, { preferences: { currency: "EUR" } }));

  test("are not known where no rate was stored, in the chart, in words and in the table", () =>
    see("desk", async (page) => {
      await showValue(page);
      await page.getByLabel("Chart; arrow keys move the cursor").focus();
      await page.keyboard.press("Home");
      await until(async () => (await readout(page)).startsWith("rate not known"), "the first point");
      await page.keyboard.press("End");
      await until(async () => (await readout(page)).startsWith("€"), "the last point");
      assert.match(await page.locator("#chart-summary").textContent(), /Partly unknown: what 1 EUR cost was not always stored\./);
      await page.getByRole("button", { name: "show as table" }).click();
      const table = page.getByRole("region", { name: "Returns behind the chart" });
      await table.getByText(/€/).first().waitFor();
      await page.getByRole("button", { name: "last", exact: true }).click();
      await table.getByText("rate not known").first().waitFor();
    }, { preferences: { currency: "EUR" }, path: "/?range=total" }));

  test("are in bitcoin with its digits, on a phone too", () =>
    see("phone", async (page) => {
      await showValue(page);
      await until(async () => /^\d\.\d{8}\sBTC/.test(await readout(page)), "the value in bitcoin");
    }, { preferences: { currency: "BTC" } }));

  test("stay in dollars and say so where no rate is known at all", async () => {
    server.scene.noRates = true;
    await see("desk", async (page) => {
      await showValue(page);
      await until(async () => (await readout(page)).startsWith("$"), "the value in dollars");
      await page.getByText("in USD: what 1 EUR cost then is not stored").waitFor();
    }, { preferences: { currency: "EUR" } });
  });
});
