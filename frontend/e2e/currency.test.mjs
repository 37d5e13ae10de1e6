/** Another currency, and the prices of a day ago: what is known is shown, what is not says so. Against the stand-in server. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { chartDrawn, until } from "./browser.mjs";
import { keepsPromises } from "./promises.mjs";
import { standIn } from "./stand-in.mjs";

const { server, see } = standIn();
const readout = (page) => page.locator(".readout").innerText();
const showValue = async (page) => {
  await page.getByRole("button", { name: "value", exact: true }).click();
  await chartDrawn(page);
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
        await until(async () => /^[+−]€/.test(await readout(page)), "the profit in euros");
        await page.getByText("in EUR, every value and cash flow at the rate of its own time").waitFor();
      }, { preferences: { currency: "EUR" } }));

  test("are not known where no rate was stored, in the chart, in words and in the table", () =>
    see("desk", async (page) => {
      await until(async () => (await readout(page)).includes("the rate at the beginning of this period is not stored"), "no return without its rate");
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

describe("figures in another currency", { concurrency: false }, () => {
  const euro = { preferences: { currency: "EUR" } };
  const card = (page, days) => page.getByTestId(`card-${String(days)}`);

  for (const size of ["desk", "tablet", "phone"])
    test(`stand on the cards with their sign at ${size}`, async () => {
      server.requests.length = 0;
      await see(size, async (page) => {
        await until(async () => /[+−]€[\d,]+\.\d\d/.test(await card(page, 30).innerText()), "the profit of 30 days in euros");
        assert.match(await card(page, 30).getByTestId("twr").innerText(), /[+−][\d.]+ %/);
        assert.doesNotMatch(await card(page, 30).innerText(), /\$/);
        await page.getByText("Changes over time are measured in EUR").waitFor();
        await until(async () => server.requests.some((each) => each.includes("/series")), "the chart's question");
        const asked = server.requests.filter((each) => each.includes("/performance/") && !each.includes("cashflows"));
        assert.ok(asked.length >= 2 && asked.every((each) => each.includes("currency=EUR")), asked.join(" "));
        assert.ok(new Set(server.requests.filter((each) => !each.includes("/stream"))).size <= 6, server.requests.join(" "));
        await keepsPromises(page);
      }, euro);
    });

  test("are not known where a rate is missing, and say so instead of showing dollars", () =>
    see("desk", async (page) => {
      await card(page, 0).getByTestId("twr").filter({ hasText: "not known" }).waitFor();
      assert.match(await card(page, 0).innerText(), /Needs a rate of that time which is not known/);
      assert.doesNotMatch(await card(page, 0).innerText(), /\$/);
    }, euro));

  test("follow the choice without a reload, and go back to dollars", () =>
    see("desk", async (page) => {
      await until(async () => /[+−]\$/.test(await card(page, 30).innerText()), "dollars at first");
      const choose = async (name) => {
        await page.keyboard.press("Control+k");
        await page.getByRole("combobox", { name: "Type a command" }).fill(name);
        await page.keyboard.press("Enter");
        await page.getByRole("dialog").waitFor({ state: "detached" });
      };
      await choose("BTC");
      await until(async () => /[+−]\d\.\d{8}\sBTC/.test(await card(page, 30).innerText()), "bitcoin on the card");
      await choose("USD");
      await until(async () => /[+−]\$/.test(await card(page, 30).innerText()), "dollars again");
      const last = (path) => server.requests.filter((each) => each.includes(path)).at(-1) ?? "currency=";
      await until(async () => ["/windows", "/series"].every((path) => !last(path).includes("currency=")), "questions as ever");
    }));

  test("show their working at the rates of their time, or in dollars with a word", () =>
    see("desk", async (page) => {
      await card(page, 30).getByRole("button", { name: /why this number/i }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText(/product/i).first().waitFor();
      assert.match(await dialog.innerText(), /€/);
      assert.doesNotMatch(await dialog.innerText(), /\$/);
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
      await card(page, 30).getByRole("button", { name: /How this profit or loss came about.*€/ }).click();
      await dialog.getByText("€").first().waitFor();
      assert.doesNotMatch(await dialog.innerText(), /\$/);
    }, euro));

  for (const size of ["desk", "phone"])
    test(`tell what a change would do: the return, and when the profit will be known, at ${size}`, () =>
      see(size, async (page) => {
        await page.getByTestId("flow").first().waitFor();
        await page.getByRole("button", { name: "+ add" }).click();
        await page.getByLabel("Amount (USD)").fill("5000");
        const preview = page.getByRole("region", { name: "What this changes" });
        await preview.getByRole("table").waitFor();
        assert.match(await preview.innerText(), /30 d[^]*%[^]*→[^]*%[^]*[+−]€[\d,.]+[^]*→[^]*not known/);
        assert.match(await preview.innerText(), /What 1 EUR cost at that minute is asked for after saving/);
        assert.doesNotMatch(await preview.innerText(), /\$/);
        await keepsPromises(page);
        await page.getByRole("button", { name: "cancel" }).click();
        await page.getByTestId("flow").first().getByRole("button", { name: /^Delete/ }).click();
        await preview.getByRole("table").waitFor();
        assert.match(await preview.innerText(), /30 d[^]*[+−]€[\d,.]+[^]*→[^]*[+−]€[\d,.]+/);
        assert.doesNotMatch(await preview.innerText(), /\$|asked for after saving/);
      }, euro));

  test("stand on cash flows and their sums; a flow without a rate is in dollars", () =>
    see("desk", async (page) => {
      const rows = page.getByTestId("flow");
      await rows.first().waitFor();
      assert.match(await rows.first().innerText(), /\+€9\d\d\.\d\d/);
      assert.match(await rows.last().innerText(), /\+\$20,000\.00/);
      await page.getByText("The sums are in USD: what 1 EUR cost at some of these cash flows is not known.").waitFor();
    }, euro));
});
