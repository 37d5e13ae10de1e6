/** Cash flows by hand: add, back-date, edit, delete, undo, errors, against the stand-in server. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { keepsPromises } from "./promises.mjs";
import { standIn } from "./stand-in.mjs";
import { flows as flowsOf, removeFlow } from "./steps.mjs";

const { server, see } = standIn();

describe("cash flows", { concurrency: false }, () => {
  for (const size of ["desk", "phone"])
    test(`add back-dated, edit, delete, undo at ${size}`, () =>
      see(size, async (page) => {
        const flows = flowsOf(page);
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

        await removeFlow(page, edited, "−$1,200.00");
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

  test("an imported flow has no edit and no delete; it is reclassified or split instead", () =>
    see("desk", async (page) => {
      const imported = page.getByTestId("flow").filter({ hasText: "imported" });
      await imported.waitFor();
      assert.equal(await imported.getByRole("button", { name: /edit|delete/i }).count(), 0);
      await imported.getByRole("button", { name: /^split/i }).click();
      await page.getByRole("form", { name: /split into parts/i }).waitFor();
      await keepsPromises(page);
      await page.getByRole("button", { name: "cancel" }).click();
      await imported.getByRole("button", { name: /^change/i }).click();
      await page.getByRole("form", { name: /how this imported flow counts/i }).waitFor();
    }));

  for (const size of ["desk", "phone"])
    test(`the preview says what would change before anything is saved, at ${size}`, () =>
      see(size, async (page) => {
        await page.getByTestId("flow").first().waitFor();
        await page.getByRole("button", { name: "+ add" }).click();
        await page.getByLabel("Amount (USD)").fill("5000");
        const preview = page.getByRole("region", { name: "What this changes" });
        await preview.getByRole("table").waitFor();
        assert.match(await preview.innerText(), /total[^]*→/i);
        assert.match(await preview.innerText(), /snapshots? (is|are) recomputed/);
        assert.ok(server.requests.some((each) => each.startsWith("POST") && each.endsWith("/preview")));
        assert.ok(!server.requests.some((each) => each === "POST /api/performance/cashflows"), "nothing was written");
        assert.equal(await page.getByTestId("flow").count(), 5);
      }));

  test("a jump without a record and a twin ask their question and go when answered", async () => {
    server.show("importing");
    await see("phone", async (page) => {
      const jump = page.getByRole("region", { name: "A change without a record" });
      const twin = page.getByRole("region", { name: "Counted twice?" });
      await jump.waitFor();
      await twin.waitFor();
      await keepsPromises(page);
      await jump.getByRole("button", { name: /record/i }).click();
      await jump.waitFor({ state: "detached" });
      await twin.getByRole("button", { name: /same one/i }).click();
      await twin.waitFor({ state: "detached" });
    });
  });
});
