/** Privacy, keys, palette, themes, languages, currencies, zones and links, against the stand-in server. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { SIZES, until } from "./browser.mjs";
import { makeBalances } from "./fixture-data.mjs";
import { makePnl } from "./fixture-history.mjs";
import { keepsPromises } from "./promises.mjs";
import { standIn } from "./stand-in.mjs";
import { chartHidesAmounts, hidesAmounts, keysObey, paletteRuns, settingsAreKept, speaksFrench } from "./steps.mjs";

const { server, see } = standIn();
const total = (page) => page.getByTestId("total");

/** Every amount of the account as the page would write it: values, quantities, flows, profits. */
function amounts(scene) {
  const money = (value) => Math.abs(value).toLocaleString("en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const { balances, total_value_usd } = makeBalances(scene);
  const quantities = balances.map((row) => row.balance.toLocaleString("en-GB", { maximumFractionDigits: 8 })).filter((text) => text.length > 3);
  const profits = [1, 7, 30, 90, 0].map((days) => money(makePnl(scene, { days }).pnl_usd));
  return [money(total_value_usd), ...balances.map((row) => money(row.usd_value)), ...quantities, ...scene.flows.map((flow) => money(flow.amount_usd)), ...profits];
}

describe("privacy", { concurrency: false }, () => {
  for (const size of Object.keys(SIZES))
    test(`one key hides every amount everywhere at ${size}, and brings it back`, () =>
      see(size, (page) => hidesAmounts(page, amounts(server.scene))));

  test("the chart's value line and its table stay hidden too", () =>
    see("desk", chartHidesAmounts, { preferences: { hideAmounts: true } }));
});

describe("keys and commands", { concurrency: false }, () => {
  for (const size of ["desk", "phone"])
    test(`the palette finds a command and runs it at ${size}`, () =>
      see(size, paletteRuns));

  test("keys choose ranges, open help and add a flow, but never while typing", () =>
    see("desk", keysObey));
});

describe("how it looks and speaks", { concurrency: false }, () => {
  for (const theme of ["amber", "paper"])
    for (const size of ["desk", "phone"])
      test(`${theme} at ${size}`, () =>
        see(size, async (page) => {
          await total(page).filter({ hasText: "$" }).waitFor();
          assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), theme);
          await until(async () => (await page.getByTestId("chart").count()) === 1, "a chart");
        }, { preferences: { theme } }));

  for (const size of Object.keys(SIZES))
    test(`French at ${size}`, () =>
      see(size, (page) => speaksFrench(page, /^7\d[\u202f\u00a0]\d{3},\d\d[\u202f\u00a0]\$/), { preferences: { language: "fr" } }));

  test("a French browser is spoken to in French from the first word", () =>
    see("phone", async (page) => {
      await page.getByText(/Valeur totale/i).waitFor();
    }, { locale: "fr-FR" }));

  test("settings change the page at once and are kept", () =>
    see("phone", settingsAreKept));

  test("bitcoin as the unit, and the truth when its rate is not known", async () => {
    const preferences = { currency: "BTC" };
    await see("desk", (page) => total(page).filter({ hasText: /₿|BTC/ }).waitFor(), { preferences });
    server.scene.noRates = true;
    await see("desk", async (page) => {
      await total(page).filter({ hasText: "$" }).waitFor();
      await page.getByText(/how much 1 BTC is in USD is not known/).waitFor();
    }, { preferences });
  });
});

describe("links", { concurrency: false }, () => {
  test("a period of one's own has its figures, its working and its address", () =>
    see("desk", async (page) => {
      const own = page.getByTestId("card-own");
      await own.getByTestId("twr").filter({ hasText: "%" }).waitFor();
      assert.ok(server.requests.some((each) => each.startsWith("GET /api/performance/range?")));
      await own.getByRole("button", { name: /why this number/i }).click();
      await page.getByRole("dialog").getByText(/product/i).first().waitFor();
      await keepsPromises(page);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await page.getByRole("button", { name: /clear/i }).first().click();
      await own.waitFor({ state: "detached" });
    }, { path: `/?from=${daysAgo(70)}&to=${daysAgo(20)}` }));

  test("profit and loss show their working", () =>
    see("phone", async (page) => {
      await page.getByTestId("card-30").getByRole("button", { name: /profit or loss came about/i }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText(/less what was there at the start/i).waitFor();
      await keepsPromises(page);
    }));

  test("the account's history opens, with its sources, its gaps and its ledger", () =>
    see("phone", async (page) => {
      const panel = page.getByRole("region", { name: "Account history" });
      await panel.getByRole("button", { name: "show details" }).click();
      await panel.getByText("Wallet by wallet").waitFor();
      await panel.getByText("Held before its first record", { exact: false }).waitFor();
      await until(async () => /movements? shown/.test(await panel.innerText()), "movements");
    }));
});

function daysAgo(days) {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
}
