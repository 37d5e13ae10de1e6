/** What the page asks the owner about cash flows, how complete the history is, the ledger, and the working of figures. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { until } from "./browser.mjs";
import { keepsPromises } from "./promises.mjs";
import { standIn } from "./stand-in.mjs";

const { server, see } = standIn("importing");
const imported = (page) => page.getByTestId("flow").filter({ has: page.getByRole("button", { name: /^Split/ }) });

describe("questions to the owner", { concurrency: false }, () => {
  test("a twin is linked once, and can be unlinked", () =>
    see("desk", async (page) => {
      await page.getByRole("button", { name: /^same one/ }).click();
      await page.getByText("the imported one counts instead").waitFor();
      await page.getByText("Counted twice?").waitFor({ state: "detached" });
      await page.getByRole("button", { name: /^Unlink/ }).click();
      await page.getByText("Counted twice?").waitFor();
    }));

  for (const size of ["desk", "phone"])
    test(`what a deletion changes is told before it is done, at ${size}`, () =>
      see(size, async (page) => {
        await page.getByRole("button", { name: /^Delete/ }).first().click();
        await page.getByText(/snapshots are recomputed/).waitFor();
        await keepsPromises(page);
        await page.keyboard.press("Escape");
        assert.equal(await page.getByRole("button", { name: /^Yes, delete/ }).count(), 0);
      }));

  for (const size of ["desk", "phone"])
    test(`an imported flow is split exactly, at ${size}`, () =>
      see(size, async (page) => {
        await imported(page).getByRole("button", { name: /^Split/ }).click();
        await page.getByLabel("Part 1: BTC").fill("0.03");
        await page.getByRole("button", { name: "the rest: 0.07 BTC" }).click();
        await keepsPromises(page);
        await page.getByRole("button", { name: "save", exact: true }).click();
        await page.getByLabel("Part 1: BTC").waitFor({ state: "detached" });
        assert.deepEqual(server.scene.flows.find((flow) => flow.source === "exchange").parts.map((part) => part.quantity), [0.03, 0.07]);
      }));
});

describe("account history", { concurrency: false }, () => {
  for (const size of ["desk", "tablet", "phone"])
    test(`opens, says what is not known, and lists the ledger at ${size}`, () =>
      see(size, async (page) => {
        const panel = page.getByRole("region", { name: "Account history" });
        await panel.getByText(/78.4 % of the account's past has been read/).waitFor();
        assert.equal(server.requests.filter((each) => each.includes("/api/ledger")).length, 0, "nothing is read before it is asked for");
        await panel.getByRole("button", { name: "show details" }).click();
        await panel.getByText("50 movements shown").waitFor();
        await panel.getByText("dashboard-crypto import FILE.csv").waitFor();
        await keepsPromises(page);
        await panel.getByRole("button", { name: "show more" }).click();
        await panel.getByText("100 movements shown").waitFor();
        await panel.getByRole("combobox", { name: "kind" }).selectOption("withdrawal");
        await panel.getByText(/^1\d movements shown/).waitFor();
      }));

  test("a movement counts as what the owner says, and goes back", () =>
    see("desk", async (page) => {
      await page.getByRole("button", { name: "show details" }).click();
      const choice = page.getByRole("combobox", { name: /^How it counts/ }).first();
      await choice.selectOption("internal");
      await page.waitForFunction(() => document.querySelector("select.choice").classList.contains("changed"));
      assert.equal(server.scene.movements[0].flow_class, "internal");
      await choice.selectOption("");
      await page.waitForFunction(() => !document.querySelector("select.choice").classList.contains("changed"));
      assert.equal(server.scene.movements[0].flow_class, "external");
    }));

  for (const size of ["desk", "phone"]) test(`a cash flow leads to its records at ${size}`, () =>
    see(size, async (page) => {
      await imported(page).getByRole("link", { name: "in the ledger" }).click();
      const heading = page.getByRole("heading", { name: "Ledger" });
      await heading.waitFor();
      await until(async () => heading.evaluate((each) => each === document.activeElement), "the ledger has the focus");
      const { y } = await heading.boundingBox();
      assert.ok(y >= 0 && y < 400, `the ledger's head stands at ${y}`);
      assert.ok(server.requests.some((each) => /ledger\?.*asset=BTC/.test(each)));
      assert.equal(await page.getByLabel("coin", { exact: true }).inputValue(), "BTC");
    }));

  test("hidden amounts stay hidden everywhere in it", () =>
    see("desk", async (page) => {
      await page.getByRole("button", { name: "show details" }).click();
      await page.getByText("50 movements shown").waitFor();
      await page.keyboard.press("h");
      const text = await page.getByRole("region", { name: "Account history" }).innerText();
      assert.doesNotMatch(text, /\$\s?\d|0\.1 BTC|500 USDT/);
      assert.equal(await page.getByRole("link", { name: /as CSV|as JSON/ }).count(), 0);
    }));
});

describe("why this number", { concurrency: false }, () => {
  for (const size of ["desk", "phone"])
    test(`return and profit add up before the reader's eyes at ${size}`, () =>
      see(size, async (page) => {
        await page.getByTestId("card-30").getByRole("button", { name: /why this number/ }).click();
        const dialog = page.getByRole("dialog");
        await dialog.getByText(/^Product of \d+ factors/).waitFor();
        await keepsPromises(page);
        await dialog.getByRole("button", { name: "profit" }).click();
        await dialog.getByText(/% of the average capital at work/).waitFor();
        await keepsPromises(page);
        const [end, start, paidIn, takenOut, profit] = (await dialog.locator("dd").allInnerTexts()).map((text) => Number(text.replace(/[^\d.−-]/g, "").replace("−", "-")));
        assert.ok(Math.abs(end - start - paidIn + takenOut - profit) < 0.011, `${end} - ${start} - ${paidIn} + ${takenOut} is not ${profit}`);
      }));
});
