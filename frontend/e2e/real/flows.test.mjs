/** Cash flows on the real server: what the preview promises is what the API says afterwards, at every size. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { undisturbed } from "../past.mjs";
import { keepsPromises } from "../promises.mjs";
import { addFlow, flows, openForm, removeFlow } from "../steps.mjs";
import { EVERY_SIZE, includes, local, percent, realStage, signedUsd, until, usd } from "./stage.mjs";

const stage = realStage({ interval: 5 });
const NOTE = "e2e <i>flow</i>";
const DAY_MS = 86_400_000;
const JUMPS = { desk: 800, tablet: 900, phone: 1000 };
const daysAgo = (days) => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);
const allFlows = async () => (await stage.read("/api/performance/cashflows")).cashflows;
const figures = async () => new Map((await stage.read("/api/performance/windows?days=1,7,30,90,0")).windows.map((each) => [each.days, [percent(each.twr.twr_percent), signedUsd(each.pnl.pnl_usd)]]));
const signedEuro = (amount) => signedUsd(amount).replace("$", "€");
const known = (figure, text) => (figure === null ? "not known" : text(figure));
const inEuro = async () => new Map((await stage.read("/api/performance/windows?days=1,7,30,90,0&currency=EUR")).windows.map((each) => [each.days, [known(each.twr.twr_percent, percent), known(each.pnl.pnl, signedEuro)]]));
const profitIn30 = async () => (await inEuro()).get(30)[1];
const imported = (page, quantity) => flows(page).filter({ hasText: "imported" }).filter({ hasText: quantity });
const preview = (page) => page.getByRole("region", { name: "What this changes" });

async function api(method, path, body) {
  const answer = await fetch(`${stage.server.url}/api/performance/${path}`, { method, headers: { "Content-Type": "application/json" }, body: body && JSON.stringify(body) });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
  return answer.json();
}

async function removeOwn() {
  for (const flow of await allFlows()) if (flow.note === NOTE) await api("DELETE", `cashflows/${flow.id}`);
}

const seeFlows = (size, steps, options) => stage.see(size, async (page) => {
  await flows(page).first().waitFor();
  const all = page.getByRole("button", { name: /^show all/ });
  if (await all.isVisible()) await all.click();
  await steps(page);
}, options);

/** What happens without us: a snapshot, or a reading, after which the server values anew what was typed in. */
const happened = async () => `${(await stage.read("/api/performance/stats")).latest_snapshot_id} ${(await stage.read("/api/portfolio/balances")).timestamp}`;

/** Writes, so a further try begins where the first one did. */
const change = (size, steps, options) => undisturbed(happened, async () => {
  await removeOwn();
  await seeFlows(size, steps, options);
});

/** The rows of a preview: for each period the return and the profit before and then; null where nothing changes. */
async function promised(page) {
  const table = preview(page).getByRole("table");
  await table.waitFor();
  const days = { "1 d": 1, "7 d": 7, "30 d": 30, "90 d": 90, Total: 0 };
  const read = (row) => ({
    name: row.querySelector("th").innerText.trim(),
    cells: [...row.querySelectorAll("td")].map((cell) => (cell.querySelector("ins") ? [cell.querySelector("s").innerText.trim(), cell.querySelector("ins").innerText.trim()] : null)),
  });
  const rows = await table.locator("tbody tr").evaluateAll((all, source) => all.map(new Function(`return ${source}`)()), read.toString());
  return rows.map(({ name, cells }) => ({ days: days[name], cells }));
}

function holds(rows, place, known) {
  for (const { days, cells } of rows)
    for (const [figure, pair] of cells.entries()) if (pair) assert.equal(pair[place], known.get(days)[figure], `window ${days}`);
}

async function sumsAre(page) {
  const counted = (await allFlows()).map((flow) => flow.counted_usd ?? 0);
  const paidIn = counted.filter((amount) => amount > 0).reduce((a, b) => a + b, 0);
  const takenOut = -counted.filter((amount) => amount < 0).reduce((a, b) => a + b, 0);
  const words = [usd(paidIn), usd(takenOut), usd(paidIn - takenOut)];
  await until(async () => (await page.locator(".sums dd").allInnerTexts()).join() === words.join(), `sums ${words.join(", ")}`);
}

for (const size of EVERY_SIZE)
  describe(`cash flows at ${size}`, { concurrency: false }, () => {
    test("the list, with its sums", () =>
      change(size, async (page) => {
        const all = await allFlows();
        assert.equal(await flows(page).count(), all.length);
        for (const flow of all) includes(await page.locator(`[data-flow="${flow.id}"]`).innerText(), signedUsd(flow.amount_usd), local(flow.timestamp));
        await sumsAre(page);
        const net = all.reduce((sum, flow) => sum + (flow.counted_usd ?? 0), 0);
        await page.getByText(`net so far ${usd(net)}`).first().waitFor();
      }));

    test("a back-dated withdrawal: preview, add, edit, delete, undo", () =>
      change(size, async (page) => {
        const [before, count] = [await figures(), (await allFlows()).length];
        await openForm(page);
        await page.getByLabel("withdrawal", { exact: true }).check();
        await page.getByLabel("Amount (USD)").fill("1,234.50");
        await page.getByLabel("When (your time)").fill(`${daysAgo(20)}T10:17`);
        await page.getByLabel("Note (optional)").fill(NOTE);
        await keepsPromises(page, { axe: size === "phone" });
        const rows = await promised(page);
        assert.ok(rows.some((row) => row.days === 30 && row.cells.every(Boolean)), JSON.stringify(rows));
        holds(rows, 0, before);
        includes(await preview(page).innerText(), "snapshots are recomputed");
        assert.equal((await allFlows()).length, count, "nothing was written");
        await page.getByRole("button", { name: "add", exact: true }).click();
        const added = flows(page).filter({ hasText: "−$1,234.50" });
        await added.waitFor();
        includes(await added.innerText(), `${daysAgo(20)} 10:17`, NOTE);
        const after = await figures();
        holds(rows, 1, after);
        await page.getByTestId("card-30").getByTestId("twr").filter({ hasText: after.get(30)[0] }).waitFor();
        await sumsAre(page);

        await added.getByRole("button", { name: /^Edit/ }).click();
        await page.getByLabel("Amount (USD)").fill("1200");
        const edits = await promised(page);
        holds(edits, 0, after);
        await page.getByRole("button", { name: "save", exact: true }).click();
        const edited = flows(page).filter({ hasText: "−$1,200.00" });
        await edited.waitFor();
        holds(edits, 1, await figures());

        await edited.getByRole("button", { name: /^Delete/ }).click();
        await page.getByText(/snapshots are recomputed/).waitFor();
        await page.keyboard.press("Escape");
        assert.equal((await allFlows()).length, count + 1, "asked, and kept");
        await removeFlow(page, edited, "−$1,200.00");
        assert.deepEqual([...(await figures())], [...before], "as if it had never been there");
        await page.getByRole("button", { name: "undo" }).click();
        await edited.waitFor();
        assert.equal((await allFlows()).filter((flow) => flow.note === NOTE)[0].amount_usd, -1200);
        await sumsAre(page);
      }));

    test("in euros: the return at once, the profit once the rate of the minute is there", () =>
      change(size, async (page) => {
        const waiting = preview(page).getByText(/^What 1 EUR cost at that minute is asked for after saving/);
        await until(async () => [...(await inEuro()).values()].flat().every((figure) => figure !== "not known"), "the rates of the past");
        const before = await inEuro();
        await openForm(page);
        await page.getByLabel("Amount (USD)").fill("1,234.50");
        await page.getByLabel("When (your time)").fill(`${daysAgo(20)}T10:17`);
        await page.getByLabel("Note (optional)").fill(NOTE);
        const rows = await promised(page);
        await waiting.waitFor();
        await keepsPromises(page, { axe: size === "phone" });
        holds(rows, 0, before);
        const month = rows.find((row) => row.days === 30);
        assert.deepEqual([month.cells[0].length, month.cells[1][1]], [2, "not known"]);
        assert.doesNotMatch(await preview(page).innerText(), /\$/);
        await page.getByRole("button", { name: "add", exact: true }).click();
        const added = flows(page).filter({ hasText: NOTE });
        await added.waitFor();
        assert.equal((await inEuro()).get(30)[0], month.cells[0][1], "the return is what was promised");
        await until(async () => (await profitIn30()) !== "not known", "the rate of that minute");
        await until(async () => (await page.getByTestId("card-30").innerText()).includes(await profitIn30()), "the profit on the card");

        await added.getByRole("button", { name: /^Edit/ }).click();
        await page.getByLabel("Amount (USD)").fill("1200");
        const edits = await promised(page);
        assert.equal(await waiting.count(), 0);
        await page.getByRole("button", { name: "save", exact: true }).click();
        await flows(page).filter({ hasText: NOTE }).getByRole("button", { name: /^Edit/ }).waitFor();
        const after = await inEuro();
        assert.ok(edits.find((row) => row.days === 30).cells[1].every((text) => text.includes("€")), JSON.stringify(edits));
        holds(edits, 1, after);
      }, { preferences: { currency: "EUR" } }));

    test("in coins, valued at that minute", () =>
      change(size, async (page) => {
        await openForm(page);
        await page.getByLabel(/in coins/).check();
        await page.getByLabel("Coin", { exact: true }).fill("btc");
        await page.getByLabel("Quantity").fill("0.01");
        await page.getByLabel("When (your time)").fill(`${daysAgo(5)}T10:17`);
        await page.getByLabel("Note (optional)").fill(NOTE);
        await preview(page).getByText(/^worth \+\$/).waitFor();
        const worth = (await preview(page).innerText()).match(/worth (\+\$[\d,.]+) at that minute/)[1];
        await page.getByRole("button", { name: "add", exact: true }).click();
        const added = flows(page).filter({ hasText: "0.01 BTC" });
        await added.waitFor();
        includes(await added.innerText(), worth);
        const flow = (await allFlows()).find((each) => each.note === NOTE);
        const minute = Date.parse(flow.timestamp);
        const [[, , high, low]] = await (await fetch(`${stage.exchange.told.base_url}/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=1&startTime=${minute}`)).json();
        assert.ok(flow.amount_usd >= 0.01 * low && flow.amount_usd <= 0.01 * high, `${flow.amount_usd} for 0.01 BTC between ${low} and ${high}`);
      }));

    test("errors stand at their field, from the page and from the server", () =>
      change(size, async (page) => {
        const count = await flows(page).count();
        await openForm(page);
        await page.getByRole("button", { name: "add", exact: true }).click();
        const [amount, when] = [page.getByLabel("Amount (USD)"), page.getByLabel("When (your time)")];
        await until(async () => (await amount.getAttribute("aria-invalid")) === "true", "the amount is marked");
        assert.equal(await amount.evaluate((field) => field === document.activeElement), true);
        await amount.fill("5");
        await when.fill("2016-03-04T10:17");
        await until(async () => (await when.getAttribute("aria-invalid")) === "true", "the server's word about the time stands at the time");
        await page.getByRole("button", { name: "add", exact: true }).click();
        await until(async () => when.evaluate((field) => field === document.activeElement), "the field has the focus");
        assert.match(await page.getByRole("form", { name: "Add cash flow" }).innerText(), /2017-07-01/);
        await keepsPromises(page, { axe: size === "phone" });
        await page.keyboard.press("Escape");
        assert.equal(await flows(page).count(), count, "nothing was added");
      }, { expected: /status of 422/ }));

    test("an imported one cannot be deleted; it is annotated, reclassified, split and put back", () =>
      change(size, async (page) => {
        const before = await figures();
        const btc = imported(page, "0.03 BTC");
        const { id } = (await allFlows()).find((flow) => flow.asset === "BTC" && flow.source === "exchange");
        const stored = async () => (await allFlows()).find((flow) => flow.id === id);
        assert.equal(await btc.getByRole("button", { name: /edit|delete/i }).count(), 0);
        const decide = async (flowClass, note) => {
          await page.locator(`[data-flow="${id}"]`).getByRole("button", { name: /^change/i }).click();
          const form = page.getByRole("form", { name: "How this imported flow counts" });
          await form.getByLabel("Counts as").selectOption(flowClass);
          await form.getByLabel("Note (optional)").fill(note);
          if (size === "phone") await keepsPromises(page);
          await form.getByRole("button", { name: "save" }).click();
          await form.waitFor({ state: "detached" });
        };
        await decide("income", "a gift");
        await btc.getByText("counts as income: in no sum").waitFor();
        await sumsAre(page);
        assert.equal((await stored()).note, "a gift");
        assert.notDeepEqual((await figures()).get(0), before.get(0));
        await decide("external", "");
        await until(async () => (await stored()).flow_class === "external" && (await stored()).note === null, "as imported");
        assert.deepEqual([...(await figures())], [...before]);

        await btc.getByRole("button", { name: /^Split/ }).click();
        const form = page.getByRole("form", { name: "Split into parts" });
        await form.getByLabel("Part 1: BTC").fill("0.01");
        await form.getByRole("button", { name: "the rest: 0.02 BTC" }).click();
        await form.getByLabel("Counts as").nth(1).selectOption("internal");
        await form.getByRole("button", { name: "save" }).click();
        await form.waitFor({ state: "detached" });
        assert.deepEqual((await stored()).parts.map((part) => [part.quantity, part.flow_class]), [[0.01, "external"], [0.02, "internal"]]);
        await sumsAre(page);
        await btc.getByRole("button", { name: /^Split/ }).click();
        await form.getByRole("button", { name: "undo the split" }).click();
        await until(async () => (await stored()).parts.length === 0, "one flow again");
        assert.deepEqual([...(await figures())], [...before]);
      }));

    test("a twin is asked about, linked and unlinked", () =>
      change(size, async (page) => {
        const twin = (await allFlows()).find((flow) => flow.amount_usd === 1500);
        const before = await figures();
        await addFlow(page, { amount: "1500", when: local(Date.parse(twin.timestamp) + 3_600_000).replace(" ", "T"), note: NOTE });
        const offer = page.getByRole("region", { name: "Counted twice?" });
        await offer.waitFor();
        includes(await offer.innerText(), "+$1,500.00", local(twin.timestamp));
        await keepsPromises(page, { axe: size === "phone" });
        assert.notDeepEqual((await figures()).get(0), before.get(0), "both count");
        await offer.getByRole("button", { name: /same one/ }).click();
        await page.getByText("the imported one counts instead").waitFor();
        await offer.waitFor({ state: "detached" });
        assert.deepEqual([...(await figures())], [...before], "one counts");
        await page.getByRole("button", { name: /^Unlink/ }).click();
        await offer.waitFor();
        await offer.getByRole("button", { name: "two different ones" }).click();
        await offer.waitFor({ state: "detached" });
      }));

    // Its snapshot is the test's own doing, so nothing that happens beside it can excuse a failure.
    test("a change without a record is offered as a cash flow; accepted, it is no return", async () => {
      await removeOwn();
      const amount = JUMPS[size];
      const [{ twr }] = (await stage.read("/api/performance/windows?days=0")).windows;
      await stage.exchange.control("POST", "events", { kind: "deposit", asset: "USDT", amount: String(amount), hidden: true });
      await seeFlows(size, async (page) => {
        const jump = page.getByRole("region", { name: "A change without a record" });
        await jump.waitFor();
        includes(await jump.innerText(), signedUsd(amount).slice(0, -3), "no record explains it");
        await keepsPromises(page, { axe: size === "phone" });
        await jump.getByRole("button", { name: /^record as cash flow/ }).click();
        await jump.waitFor({ state: "detached" });
        await flows(page).filter({ hasText: signedUsd(amount) }).waitFor();
        await sumsAre(page);
      });
      await takeSnapshot();
      const [after] = (await stage.read("/api/performance/windows?days=0")).windows;
      const expected = (1 + twr.twr) * ((after.twr.end_value - amount) / twr.end_value) - 1;
      assert.ok(Math.abs(after.twr.twr - expected) < 0.0005, `${after.twr.twr}, without the money ${expected}`);
      assert.equal(after.twr.flow_count, twr.flow_count + 1);
    });
  });

/** There is one snapshot to a minute, so the next minute may have to be waited for. */
async function takeSnapshot() {
  await until(async () => {
    const answer = await fetch(`${stage.server.url}/api/performance/snapshots`, { method: "POST" });
    assert.ok([201, 409].includes(answer.status), `${answer.status}`);
    return answer.status === 201;
  }, "a snapshot", 65_000);
}
