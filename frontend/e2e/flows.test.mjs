/** Cash flows by hand: add, back-date, edit, delete, undo, errors, against the stand-in server. */

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { launch } from "./browser.mjs";
import { FixtureServer } from "./fixture-server.mjs";
import { keepsPromises, visit } from "./promises.mjs";

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

const see = (size, steps, options) => visit(browser, url, size, steps, options);

describe("cash flows", { concurrency: false }, () => {
  for (const size of ["desk", "phone"])
    test(`add back-dated, edit, delete, undo at ${size}`, () =>
      see(size, async (page) => {
        const flows = page.getByTestId("flow");
        await flows.first().waitFor();
        await page.getByRole("button", { name: "+ add" }).click();
        await keepsPromises(page);
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
        await page.getByRole("button", { name: "save", exact: true }).click();
        const edited = flows.filter({ hasText: "−$1,200.00" });
        await edited.waitFor();

        await edited.getByRole("button", { name: /^Delete/ }).click();
        await edited.getByRole("button", { name: /^Yes, delete/ }).click();
        await page.getByText("Deleted −$1,200.00").waitFor();
        assert.equal(await flows.count(), 5);
        await page.getByRole("button", { name: "undo" }).click();
        await edited.waitFor();
      }));

  test("errors stand at their field, from the page and from the server", () =>
    see("desk", async (page) => {
      await page.getByRole("button", { name: "+ add" }).click();
      await page.getByRole("button", { name: "add", exact: true }).click();
      const amount = page.getByLabel("Amount (USD)");
      assert.equal(await amount.getAttribute("aria-invalid"), "true");
      assert.equal(await amount.evaluate((field) => field === document.activeElement), true);
      await amount.fill("5");
      await page.getByLabel("Note (optional)").fill("reject me");
      await page.getByRole("button", { name: "add", exact: true }).click();
      await page.getByText("This note is refused.").waitFor();
      await keepsPromises(page);
      assert.equal(await page.getByTestId("flow").count(), 5, "nothing was added");
    }, { expected: /status of 422/ }));

  test("in coins", () =>
    see("desk", async (page) => {
      await page.getByRole("button", { name: "+ add" }).click();
      await page.getByLabel(/in coins/).check();
      await page.getByLabel("Coin", { exact: true }).fill("btc");
      await page.getByLabel("Quantity").fill("0.05");
      await page.getByRole("button", { name: "add", exact: true }).click();
      await page.getByTestId("flow").filter({ hasText: "0.05 BTC" }).waitFor();
    }));

  test("an imported flow cannot be deleted; how it counts can be changed", () =>
    see("desk", async (page) => {
      const imported = page.getByTestId("flow").filter({ hasText: "imported" });
      await imported.waitFor();
      assert.equal(await imported.getByRole("button", { name: /delete|edit/i }).count(), 0);
      await imported.getByRole("button", { name: /^Change how it counts/ }).click();
      await page.getByLabel("Counts as").selectOption("internal");
      await page.getByText(/snapshots are recomputed/).waitFor();
      await page.getByRole("button", { name: "save", exact: true }).click();
      await imported.getByText("counts as internal move").waitFor();
      assert.equal(server.scene.flows.find((flow) => flow.source === "exchange").flow_class, "internal");
    }));
});
