/** Comfort on the real server: privacy, keys, palette, links, currencies, languages, zones, themes, the app, at every size. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { chartDrawn } from "../browser.mjs";
import { chartHidesAmounts, hidesAmounts, keysObey, paletteRuns, readout, settingsAreKept, showDetails, speaksFrench, stage } from "../steps.mjs";
import { EVERY_SIZE, includes, percent, realStage, signedUsd, until, usd } from "./stage.mjs";

const real = realStage({ interval: 60 });
const total = (page) => page.getByTestId("total");
const balances = () => real.read("/api/portfolio/balances");
const utc = (instant) => `${new Date(instant).toISOString().slice(0, 16).replace("T", " ")}`;

/** Every amount that the API knows, as the page would write it. */
async function amounts() {
  const [{ balances: rows, total_value_usd: value }, { cashflows }, { windows }] = await Promise.all([balances(), real.read("/api/performance/cashflows"), real.read("/api/performance/windows?days=1,7,30,90,0")]);
  const money = [value, ...rows.map((row) => row.usd_value ?? 0), ...cashflows.map((flow) => flow.amount_usd), ...windows.map(({ pnl }) => pnl.pnl_usd)].map((each) => usd(each).slice(1)).filter((text) => text.length > 4);
  const quantities = rows.map((row) => row.balance.toLocaleString("en-GB", { maximumFractionDigits: 8 })).filter((text) => text.length > 3);
  return [...money, ...quantities];
}

for (const size of EVERY_SIZE)
  describe(`comfort at ${size}`, { concurrency: false }, () => {
    test("one key hides every amount everywhere, and brings it back", async () => {
      const everything = await amounts();
      await real.see(size, (page) => hidesAmounts(page, everything));
    });

    test("the chart's value line and its table stay hidden too, and nothing is saved", () =>
      real.see(size, async (page) => {
        await chartHidesAmounts(page);
        assert.equal(await page.getByRole("button", { name: "Save what is shown as CSV" }).isDisabled(), true);
      }, { preferences: { hideAmounts: true } }));

    test("the palette finds a command and runs it", () => real.see(size, paletteRuns));

    test("single keys, but never while typing", () => real.see(size, keysObey));

    test("links open a range, a period, the setup guide and the API page", () =>
      real.see(size, async (page) => {
        await chartDrawn(page);
        assert.equal(await page.getByRole("button", { name: "Total", exact: true }).getAttribute("aria-pressed"), "true");
        await page.locator('canvas[data-span="0"]').waitFor();
        await page.goto(`${real.server.url}/?from=2020-01-01&to=2020-02-01`);
        await page.getByText("No two snapshots lie in this stretch of time.").waitFor();
        await page.goto(`${real.server.url}/setup`);
        await page.getByRole("heading", { name: "First steps" }).waitFor();
        await page.goto(`${real.server.url}/`);
        await total(page).filter({ hasText: "$" }).waitFor();
      }, { path: "/?range=total" }));

    for (const [currency, text] of [["EUR", (value) => `€${usd(value).slice(1)}`], ["BTC", (value) => `${value.toLocaleString("en-GB", { minimumFractionDigits: 8 })}\u00a0BTC`]])
      test(`values in ${currency}, each at the rate of its own time`, () =>
        real.compare(size, async (page) => {
          await chartDrawn(page);
          const now = await balances();
          assert.equal(await total(page).innerText(), text(now.total_value_usd / now.rates[currency]));
          assert.equal(await page.title(), `${text(now.total_value_usd / now.rates[currency])} · Portfolio Manager`);
          includes(await page.locator(".hero").innerText(), `Changes over time are measured in ${currency}, at the rates of their time.`);
          const { windows } = await real.read(`/api/performance/windows?days=7,30,90,0&currency=${currency}`);
          for (const { days, twr } of windows) includes(await page.getByTestId(`card-${days}`).innerText(), percent(twr.twr_percent));
          const columns = await real.read("/api/performance/series?days=90&max_points=0");
          await page.getByRole("button", { name: "value", exact: true }).click();
          const rates = columns[`${currency.toLowerCase()}_usd`];
          await stage(page).focus();
          for (const [key, place] of [["Home", 0], ["End", rates.length - 1]]) {
            await page.keyboard.press(key);
            const worth = text(columns.value_usd[place] / rates[place]);
            await until(async () => (await readout(page).innerText()).startsWith(worth), `${worth} at ${key}`);
          }
          await page.getByText(`in ${currency}, every value at the rate of its own time`).waitFor();
        }, { preferences: { currency } }));

    test("in French", () =>
      real.see(size, async (page) => {
        await total(page).filter({ hasText: "$" }).waitFor();
        await speaksFrench(page, /^2\d[\u202f\u00a0]\d{3},\d\d[\u202f\u00a0]\$/);
      }, { locale: "fr-FR" }));

    test("times in UTC", () =>
      real.compare(size, async (page) => {
        await page.getByTestId("card-30").getByTestId("twr").filter({ hasText: "%" }).waitFor();
        await showDetails(page);
        const { twr } = await real.read("/api/performance/twr/30").then((answer) => ({ twr: answer }));
        includes(await page.getByTestId("card-30").innerText(), `${utc(twr.start_date)} → ${utc(twr.end_date)}`);
        await page.getByText("times are UTC").waitFor();
        const { timestamp } = await balances();
        const exact = await page.locator(".hero .exact").innerText();
        assert.equal(exact, `${utc(timestamp)} UTC`);
      }, { preferences: { zone: "utc" } }));

    test("settings change the page at once and are kept", () => real.see(size, settingsAreKept));

    for (const theme of ["amber", "paper"])
      test(`the theme ${theme}`, () =>
        real.see(size, async (page) => {
          await total(page).filter({ hasText: "$" }).waitFor();
          assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), theme);
          await until(async () => (await page.getByTestId("chart").count()) === 1 && (await page.getByTestId("chart").getAttribute("data-points")) !== "0", "a chart");
        }, { preferences: { theme } }));

    test("an app: manifest, icons, title", () =>
      real.see(size, async (page) => {
        await total(page).filter({ hasText: "$" }).waitFor();
        const linked = await page.evaluate(async () => {
          const read = async (path) => {
            const answer = await fetch(path);
            return { status: answer.status, type: answer.headers.get("content-type"), text: await answer.text() };
          };
          const manifest = await read(document.querySelector("link[rel=manifest]").href);
          const { icons, name, start_url: start } = JSON.parse(manifest.text);
          const files = [document.querySelector("link[rel=icon]").href, ...icons.map((icon) => icon.src)];
          return { name, start, manifest: manifest.type, files: await Promise.all(files.map(async (file) => (({ status, type }) => `${status} ${type.split(";")[0]}`)(await read(file)))) };
        });
        assert.equal(linked.name, "Binance Portfolio Manager");
        assert.equal(linked.start, "/");
        assert.match(linked.manifest, /^application\/manifest\+json/);
        assert.ok(linked.files.length >= 3 && linked.files.every((file) => /^200 image\//.test(file)), linked.files.join());
        const { twr, pnl } = (await real.read("/api/performance/windows?days=7")).windows[0];
        includes(await page.getByTestId("card-7").innerText(), percent(twr.twr_percent), signedUsd(pnl.pnl_usd));
      }));
  });
