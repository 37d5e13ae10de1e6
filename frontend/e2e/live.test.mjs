/** The page against a running server: `E2E_BASE_URL=http://127.0.0.1:5000 npm run e2e:live`. Made for the demo. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { chartDrawn, launch, openPage, SIZES } from "./browser.mjs";
import { PAST_IS_READ_MS, pastIsRead, undisturbed } from "./past.mjs";
import { visit } from "./promises.mjs";
import { addFlow, removeFlow } from "./steps.mjs";

const BASE = process.env.E2E_BASE_URL;
assert.ok(BASE, "set E2E_BASE_URL, for example http://127.0.0.1:5000");
const NOTE = "e2e <i>flow</i>";
let browser;

before(async () => {
  browser = await launch();
});

after(async () => {
  await browser.close();
});

const see = (size, steps) => visit(browser, BASE, size, steps);

const number = (text) => Number(text.replace(/[^0-9.−]/g, "").replace("−", "-"));

async function api(path) {
  const answer = await fetch(BASE + path);
  assert.equal(answer.status, 200, path);
  return answer.json();
}

async function removeLeftovers() {
  const { cashflows } = await api("/api/performance/cashflows");
  for (const flow of cashflows.filter((each) => each.note === NOTE)) await fetch(`${BASE}/api/performance/cashflows/${flow.id}`, { method: "DELETE" });
}

const cents = (amount) => Math.round(amount * 100) / 100;
const money = (amount) => Math.abs(amount).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** What changes with every reading, snapshot and flow, whoever made it. */
const revision = async () => (await api("/api/status")).revision;

/** The flows that this suite did not make: the exchange may tell of another one at any time. */
async function foreignFlows() {
  const { cashflows } = await api("/api/performance/cashflows");
  return JSON.stringify(cashflows.filter((flow) => flow.note !== NOTE).map((flow) => [flow.id, flow.counted_usd]));
}

describe("the demo", { concurrency: false }, () => {
  for (const size of Object.keys(SIZES))
    test(`shows its figures at ${size}`, () =>
      see(size, async (page) => {
        await page.getByTestId("total").filter({ hasText: "$" }).waitFor();
        for (const days of [7, 30, 90, 0]) {
          const figure = page.getByTestId(`card-${days}`).getByTestId("twr");
          await figure.filter({ hasText: "%" }).waitFor();
          assert.match(await figure.innerText(), /^[+−]?\d[\d,]*\.\d\d %$/);
        }
        await chartDrawn(page);
      }));

  test("the balances change by themselves within 75 seconds", { timeout: 120_000 }, () =>
    see("desk", async (page) => {
      const total = page.getByTestId("total").filter({ hasText: "$" });
      const first = await total.innerText();
      await page.waitForFunction((old) => document.querySelector('[data-testid="total"]').innerText !== old, first, { timeout: 75_000 });
    }));

  test("every range draws", () =>
    see("desk", async (page) => {
      for (const [name, days] of [["7 d", 7], ["30 d", 30], ["1 y", 365], ["Total", 0], ["90 d", 90]]) {
        await page.getByRole("button", { name, exact: true }).click();
        await page.locator(`canvas[data-span="${days}"]`).waitFor();
        await chartDrawn(page);
      }
    }));

  test("the API page opens", async () => {
    const { page, context, complaints, hosts } = await openPage(browser, "desk");
    await page.goto(`${BASE}/api/docs`);
    await page.getByText("/api/portfolio/balances").first().waitFor();
    assert.deepEqual(complaints, []);
    assert.deepEqual([...hosts], [new URL(BASE).host]);
    await context.close();
  });
});

async function changesAFlow() {
  await removeLeftovers();
  const before = await api("/api/performance/pnl/0");
  await see("desk", async (page) => {
    await page.getByTestId("flow").first().waitFor();
    const flows = page.getByTestId("flow").filter({ hasText: NOTE });
    const day = new Date(Date.now() - 9 * 86_400_000).toISOString().slice(0, 10);
    await addFlow(page, { amount: "321.50", when: `${day}T10:17`, note: NOTE });
    await flows.filter({ hasText: "+$321.50" }).waitFor();
    const between = await api("/api/performance/pnl/0");
    assert.equal(cents(between.net_cash_flow - before.net_cash_flow), 321.5);
    // A snapshot in between moves both the value and the profit; what is left of the profit is the flow's doing alone.
    const grown = between.current_value - between.initial_value - (before.current_value - before.initial_value);
    assert.equal(cents(before.pnl_usd + grown - between.pnl_usd), 321.5, "P&L no longer counts the deposit as profit");

    await flows.getByRole("button", { name: /^Edit/ }).click();
    await page.getByLabel("Amount (USD)").fill("300");
    await page.getByRole("button", { name: "save", exact: true }).click();
    await flows.filter({ hasText: "+$300.00" }).waitFor();
    assert.equal(cents((await api("/api/performance/pnl/0")).net_cash_flow - before.net_cash_flow), 300);

    await removeFlow(page, flows, "+$300.00");
    assert.equal(await flows.count(), 0);
  });
  assert.equal((await api("/api/performance/pnl/0")).net_cash_flow, before.net_cash_flow);
}

describe("the demo, once its past has been read", { concurrency: false }, () => {
  before(() => pastIsRead(BASE), { timeout: PAST_IS_READ_MS });

  test("says what the API says", () =>
    undisturbed(revision, () =>
      see("desk", async (page) => {
        const [balances, twr, pnl] = await Promise.all([api("/api/portfolio/balances"), api("/api/performance/twr/90"), api("/api/performance/pnl/90")]);
        const card = page.getByTestId("card-90");
        await card.getByTestId("twr").filter({ hasText: "%" }).waitFor();
        assert.equal(number(await card.getByTestId("twr").innerText()), Number(twr.twr_percent.toFixed(2)));
        assert.ok((await card.innerText()).includes(money(pnl.pnl_usd)), `${money(pnl.pnl_usd)} on the card`);
        await page.locator("tbody tr.row").first().waitFor();
        assert.equal(await page.locator("tbody tr.row").count(), balances.count);
        assert.equal(await page.getByTestId("total").innerText(), `$${money(balances.total_value_usd)}`);
      })));

  test("a back-dated flow can be added, edited and deleted, and moves the figures", () => undisturbed(foreignFlows, changesAFlow));

  test("the working multiplies to the return", () =>
    undisturbed(revision, () => see("desk", async (page) => {
      const card = page.getByTestId("card-90");
      const twr = number(await card.getByTestId("twr").filter({ hasText: "%" }).innerText());
      await card.getByRole("button", { name: /why this number/ }).click();
      const sum = await page.getByRole("dialog").getByText(/Product of/).innerText();
      const product = Number(/factors?: ([\d.]+)/.exec(sum)[1]);
      assert.ok(Math.abs((product - 1) * 100 - twr) < 0.006, `${sum} against ${twr}`);
    })));
});
