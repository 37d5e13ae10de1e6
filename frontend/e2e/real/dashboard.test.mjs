/** The dashboard on the real server: every figure is the one the API gives at the same moment, at every size. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";

import { showDetails } from "../steps.mjs";
import { EVERY_SIZE, includes, local, percent, realStage, signedUsd, until, usd } from "./stage.mjs";

const stage = realStage({ interval: 60 });
const balances = () => stage.read("/api/portfolio/balances");
const windows = async (days) => (await stage.read(`/api/performance/windows?days=${days}`)).windows;
const known = (page) => page.getByTestId("total").filter({ hasText: "$" }).waitFor();

/** What a card says of a window: return, profit, period, flows, flags, the figure of a year. */
function cardWords({ twr, pnl }) {
  const words = [percent(twr.twr_percent), signedUsd(pnl.pnl_usd), percent(pnl.pnl_percent), `${local(twr.start_date)} → ${local(twr.end_date)}`];
  words.push(`${twr.flow_count} cash flow`, `${twr.approximate_flows} approximate`);
  if (twr.flags.includes("long_interval")) words.push("a flow lies in a long stretch without snapshots, so its effect is estimated");
  if (twr.annualization === "extrapolated") words.push(`${percent(twr.twr_annualized_percent)} a year: extrapolated from ${Math.floor(twr.actual_days)} days, not achieved`);
  return words;
}

for (const size of EVERY_SIZE)
  describe(`dashboard at ${size}`, { concurrency: false }, () => {
    test("the total, its age and its changes", () =>
      stage.compare(size, async (page) => {
        await known(page);
        const [now, [day, total]] = await Promise.all([balances(), windows("1,0")]);
        assert.equal(await page.getByTestId("total").innerText(), usd(now.total_value_usd));
        assert.equal(await page.title(), `${usd(now.total_value_usd)} · Portfolio Manager`);
        await page.locator(".pulse.live").waitFor();
        const said = Number(/^(\d+) s$/.exec(await page.getByTestId("age").innerText())[1]);
        const age = (Date.parse((await stage.read("/api/status")).now) - Date.parse(now.timestamp)) / 1000;
        assert.ok(Math.abs(said - age) < 3, `${said} s on the page, ${age} s by the server`);
        const hero = page.locator(".hero");
        await until(async () => /left out/.test(await hero.innerText()), "the change since the last snapshot");
        includes(await hero.innerText(), `${local(now.timestamp)} UTC+01:00 · ${now.timestamp.slice(0, 16).replace("T", " ")} UTC`);
        const midnight = new Date(`${local(now.timestamp).slice(0, 10)}T00:00:00+01:00`).toISOString();
        const today = await stage.read(`/api/performance/range?start_date=${midnight}`);
        const todayWords = today.twr.twr === null ? ["needs a snapshot since midnight"] : [signedUsd(today.pnl.pnl_usd), percent(today.twr.twr_percent)];
        includes(await page.getByTestId("change-today").innerText(), ...todayWords);
        includes(await hero.innerText(), signedUsd(day.pnl.pnl_usd), percent(day.twr.twr_percent), signedUsd(total.pnl.pnl_usd), percent(total.pnl.pnl_percent));
        includes(await hero.innerText(), signedUsd(now.total_value_usd - total.pnl.current_value), "cash flows left out", "Without NOPRICE");
      }));

    test("the cards of every period", () =>
      stage.compare(size, async (page) => {
        await known(page);
        const answers = await windows("7,30,90,0");
        await page.getByTestId("card-0").getByTestId("twr").filter({ hasText: "%" }).waitFor();
        await showDetails(page);
        for (const answer of answers) includes(await page.getByTestId(`card-${answer.days}`).innerText(), ...cardWords(answer));
        assert.ok(answers.every(({ twr }) => twr.flags.length === 1 && twr.approximate_flows === 1), "the account has a flow that can only be estimated");
      }));

    test("a period of one's own", () =>
      stage.compare(size, async (page) => {
        await known(page);
        const asked = [];
        page.on("request", (request) => request.url().includes("/performance/range?") && asked.push(new URL(request.url())));
        await page.getByRole("button", { name: "+ your own period" }).click();
        const form = page.getByRole("form", { name: "Your own period" });
        const [from, to] = [60, 10].map((days) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10));
        await form.getByLabel("from").fill(from);
        await form.getByLabel("to").fill(from.replace(/^\d{4}/, "2019"));
        await form.getByRole("button", { name: "show" }).click();
        await form.getByText("The first day must come before the last.").waitFor();
        await form.getByLabel("to").fill(to);
        await form.getByRole("button", { name: "show" }).click();
        const own = page.getByTestId("card-own");
        await own.getByTestId("twr").filter({ hasText: "%" }).waitFor();
        assert.equal(asked.length, 1);
        const answer = await stage.read(asked[0].pathname + asked[0].search);
        await showDetails(page);
        assert.ok(answer.twr.flow_count > 0 && answer.days >= 50, JSON.stringify(answer.twr));
        includes(await own.innerText(), percent(answer.twr.twr_percent), signedUsd(answer.pnl.pnl_usd), `${local(answer.twr.start_date)} → ${local(answer.twr.end_date)}`, `${answer.twr.flow_count} cash flow`);
        await page.waitForURL(new RegExp(`from=${from}.*to=${to}`));
        await page.getByRole("button", { name: "clear", exact: true }).click();
        await own.waitFor({ state: "detached" });
      }));

    test("holdings: what is held, how it is spread, sorted, filtered, small ones hidden, wallets", () =>
      stage.compare(size, async (page) => {
        await known(page);
        const { balances: rows } = await balances();
        const shown = page.locator("tbody tr.row");
        await shown.first().waitFor();
        const names = () => shown.locator(".name").allInnerTexts();
        assert.deepEqual(await names(), rows.map((row) => row.asset), "the largest first, as the API lists them");
        for (const row of rows.filter((each) => each.price_usd !== null)) includes(await page.locator("tr.row", { hasText: row.asset }).innerText(), usd(row.usd_value), `${row.percentage < 0.01 ? "< 0.01" : row.percentage.toFixed(2)} %`, percent(row.change_24h_percent));
        includes(await page.locator("tr.row", { hasText: "NOPRICE" }).innerText(), "77", "no price", "not known");
        const slices = await page.locator(".strip .slice").evaluateAll((all) => all.map((each) => each.title));
        assert.deepEqual(slices.slice(0, 3), rows.slice(0, 3).map((row) => `${row.asset} ${row.percentage.toFixed(2)} %`));

        await page.getByRole("button", { name: "Asset", exact: true }).click();
        assert.deepEqual(await names(), rows.map((row) => row.asset).sort());
        await page.getByRole("button", { name: "Value", exact: true }).click();
        await page.getByRole("button", { name: "Value", exact: true }).click();
        const priced = rows.filter((row) => row.usd_value !== null).sort((a, b) => a.usd_value - b.usd_value).map((row) => row.asset);
        assert.deepEqual((await names()).filter((name) => name !== "NOPRICE"), priced);

        await page.getByRole("button", { name: "hide 1 below $1" }).click();
        assert.deepEqual((await names()).sort(), rows.filter((row) => row.usd_value === null || row.usd_value >= 1).map((row) => row.asset).sort());
        await page.getByRole("button", { name: "hide 1 below $1" }).click();
        await page.getByRole("searchbox").fill("funding");
        assert.deepEqual(await names(), ["USDT"]);
        await page.getByRole("searchbox").fill("nothing like it");
        await page.getByText("No holding matches “nothing like it”.").waitFor();
        await page.getByRole("searchbox").fill("");

        await page.getByRole("button", { name: "BTC", exact: true }).click();
        const [spot, earn] = ["spot", "earn_flexible"].map((wallet) => rows.find((row) => row.asset === "BTC").wallets[wallet]);
        includes((await page.locator("tr.detail:visible").innerText()).replace(/\s+/g, " "), `Spot ${spot} BTC`, `Earn, flexible ${earn} BTC`);
      }));

    test("what is shown is saved as it is shown", () =>
      stage.compare(size, async (page) => {
        await known(page);
        const { balances: rows } = await balances();
        await page.getByRole("button", { name: "hide 1 below $1" }).click();
        await page.getByRole("button", { name: "Asset", exact: true }).click();
        const names = await page.locator("tbody tr.row .name").allInnerTexts();
        assert.deepEqual(names, ["BTC", "ETH", "NOPRICE", "SOL", "USDT"]);
        const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save what is shown as CSV" }).click()]);
        const [head, ...lines] = (await readFile(await download.path(), "utf8")).trim().split("\r\n");
        assert.equal(head, "asset,balance,price_usd,usd_value,percentage,change_24h_percent,wallets");
        const expected = names.map((name) => rows.find((row) => row.asset === name));
        const saved = lines.map((line) => line.split(","));
        assert.deepEqual(saved.map((line) => line[0]), names);
        for (const [place, row] of expected.entries()) {
          assert.deepEqual(saved[place].slice(1, 6).map((cell) => (cell === "" ? null : Number(cell))), [row.balance, row.price_usd, row.usd_value, row.percentage, row.change_24h_percent]);
          assert.equal(saved[place][6], Object.entries(row.wallets).map(([wallet, quantity]) => `${wallet} ${quantity}`).join("; "));
        }
      }, { acceptDownloads: true }));
  });
