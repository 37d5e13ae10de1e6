/** Why this number, on the real server: every figure's working adds up to the figure, and can be taken along. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { keepsPromises } from "../promises.mjs";
import { EVERY_SIZE, includes, percent, realStage, signedUsd, until, usd } from "./stage.mjs";

const stage = realStage({ interval: 60 });
const copied = { permissions: ["clipboard-read", "clipboard-write"] };
const number = (text) => Number(text.replace(/[^\d.−-]/g, "").replace("−", "-"));
const clipboard = async (page, dialog) => {
  await dialog.getByRole("button", { name: "copy as CSV" }).click();
  await dialog.getByText("copied", { exact: true }).waitFor();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  return text.trim().split(/\r?\n/).map((line) => line.split(","));
};

async function close(page) {
  await page.keyboard.press("Escape");
  await until(async () => (await page.getByRole("dialog").count()) === 0, "the dialog closes");
}

/** The product of the factors on screen and in the copy is the figure on the card. */
async function returnAddsUp(page, dialog, explained, size) {
  const sum = dialog.getByText(/^Product of \d+ factors?/);
  await sum.waitFor();
  await keepsPromises(page, { axe: size === "phone" });
  assert.equal(await dialog.locator("tbody tr").count(), explained.total_periods);
  const product = explained.periods.reduce((all, period) => all * period.factor, 1);
  includes(await dialog.locator(".sum").first().innerText(), `Product of ${explained.total_periods} factor`, percent((product - 1) * 100, 4));
  const [head, ...rows] = await clipboard(page, dialog);
  const factors = rows.map((row) => Number(row[head.indexOf("factor")])).filter((factor) => factor > 0);
  assert.ok(Math.abs(factors.reduce((all, factor) => all * factor, 1) / product - 1) < 1e-9, `${head} ${factors}`);
  return product;
}

for (const size of EVERY_SIZE)
  describe(`why this number at ${size}`, { concurrency: false }, () => {
    for (const days of [7, 0])
      test(`the return over ${days === 0 ? "everything" : `${days} days`}`, () =>
        stage.compare(size, async (page) => {
          const card = page.getByTestId(`card-${days}`);
          await card.getByTestId("twr").filter({ hasText: "%" }).waitFor();
          await card.getByRole("button", { name: /why this number/ }).click();
          const dialog = page.getByRole("dialog");
          const product = await returnAddsUp(page, dialog, await stage.read(`/api/performance/twr/${days}/explain`), size);
          assert.equal(percent((product - 1) * 100), await card.getByTestId("twr").innerText());
          includes(await dialog.innerText(), "a flow lies in a long stretch without snapshots");
          await close(page);
        }, copied));

    test("the profit", () =>
      stage.compare(size, async (page) => {
        const card = page.getByTestId("card-30");
        await card.getByRole("button", { name: /profit or loss came about/ }).click();
        const dialog = page.getByRole("dialog");
        await dialog.getByText(/% of the average capital at work/).waitFor();
        await keepsPromises(page, { axe: size === "phone" });
        const pnl = await stage.read("/api/performance/pnl/30");
        const shown = await dialog.locator("dd").allInnerTexts();
        assert.deepEqual(shown, [usd(pnl.current_value), usd(pnl.initial_value), usd(pnl.total_deposits), usd(pnl.total_withdrawals), signedUsd(pnl.pnl_usd)]);
        const [end, start, paidIn, takenOut, profit] = shown.map(number);
        assert.ok(Math.abs(end - start - paidIn + takenOut - profit) < 0.011);
        includes(await dialog.innerText(), `${percent(pnl.pnl_percent)} of the average capital at work`, usd(pnl.invested_capital));
        await dialog.locator("summary").click();
        assert.equal(await dialog.locator("details li").count(), 3);
        const rows = await clipboard(page, dialog);
        assert.ok(rows.flat().map(Number).some((each) => Math.abs(each - pnl.pnl_usd) < 0.01), JSON.stringify(rows));
        await close(page);
        await page.getByTestId("card-90").getByRole("button", { name: /why this number/ }).click();
        await page.getByRole("dialog").getByRole("button", { name: "profit" }).click();
        await page.getByRole("dialog").locator("dd").filter({ hasText: signedUsd((await stage.read("/api/performance/pnl/90")).pnl_usd) }).waitFor();
        await close(page);
      }, copied));

    test("a period of one's own", () =>
      stage.compare(size, async (page) => {
        const own = page.getByTestId("card-own");
        const answered = page.waitForResponse((response) => response.url().includes("/range/explain?"));
        await own.getByTestId("twr").filter({ hasText: "%" }).waitFor();
        await own.getByRole("button", { name: /why this number/ }).click();
        const asked = new URL((await answered).url());
        const product = await returnAddsUp(page, page.getByRole("dialog"), await stage.read(asked.pathname + asked.search), size);
        assert.equal(percent((product - 1) * 100), await own.getByTestId("twr").innerText());
        await close(page);
      }, { ...copied, path: `/?from=${daysAgo(70)}&to=${daysAgo(20)}` }));
  });

function daysAgo(days) {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
}
