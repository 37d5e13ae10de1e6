/** What the page shows and how it is handled, against the stand-in server. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { chartDrawn, until } from "./browser.mjs";
import { HOSTILE } from "./fixture-basics.mjs";
import { keepsPromises } from "./promises.mjs";
import { standIn } from "./stand-in.mjs";

const { server, see } = standIn();

describe("what is shown", { concurrency: false }, () => {
  test("total, four cards, chart, holdings and flows", () =>
    see("desk", async (page) => {
      assert.match(await page.getByTestId("total").innerText(), /^\$7\d,\d{3}\.\d\d$/);
      for (const days of [7, 30, 90, 0]) assert.match(await page.getByTestId(`card-${days}`).getByTestId("twr").innerText(), /^[+−]\d/);
      assert.match(await page.getByTestId("card-90").innerText(), /extrapolated from 90 days, not achieved/);
      assert.match(await page.getByTestId("card-0").innerText(), /achieved over 400 days/);
      await chartDrawn(page);
      assert.match(await page.title(), /^\$7\d,\d{3}\.\d\d · Portfolio Manager$/);
    }));

  test("no figure before the first reading", async () => {
    server.show("connecting");
    await see("desk", async (page) => {
      await page.getByText("Waiting for the first complete reading").first().waitFor();
      assert.equal(await page.getByTestId("total").innerText(), "—");
      assert.equal(await page.title(), "Portfolio Manager");
    });
  });

  test("on paper the page stands in the colours of paper, and afterwards in its own", () =>
    see("desk", async (page) => {
      await chartDrawn(page);
      const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--bg").trim());
      const own = await ground();
      await page.emulateMedia({ media: "print" });
      await until(async () => (await ground()) !== own, "another ground");
      assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "paper");
      await page.emulateMedia({ media: "screen" });
      await until(async () => (await ground()) === own, "the page's own colours again");
    }));

  test("the guide to a key leads back to the figures", () =>
    see("phone", async (page) => {
      await page.getByRole("link", { name: "back to the figures" }).click();
      assert.match(await page.getByTestId("total").innerText(), /^\$7\d,\d{3}\.\d\d$/);
    }, { path: "/setup" }));

  test("markup in coin names and notes stays text", async () => {
    server.show("unpriced");
    await see("desk", async (page) => {
      await page.getByRole("table").getByText(HOSTILE).first().waitFor();
      await page.getByText(`rent ${HOSTILE}`).waitFor();
      assert.equal(await page.locator("img").count(), 0);
      assert.match(await page.locator("main").innerText(), /no price/);
    });
  });

  test("sorting, hiding small ones, wallets", () =>
    see("desk", async (page) => {
      const first = () => page.locator("tbody tr.row .name").first().innerText();
      assert.equal(await first(), "BTC");
      await page.getByRole("button", { name: "Asset" }).click();
      assert.equal(await first(), "BNB");
      await page.getByRole("button", { name: /hide 2 below/ }).click();
      assert.equal(await page.locator("tbody tr.row").count(), 7);
      await page.getByRole("button", { name: "BTC" }).click();
      assert.match(await page.locator("tr.detail:visible").innerText(), /Spot\s+0\.4 BTC[^]*Earn, flexible\s+0\.112 BTC/);
      await page.reload();
      await page.locator("tbody tr.row").first().waitFor();
      assert.equal(await page.locator("tbody tr.row").count(), 7, "the choice is remembered");
    }));

  test("the range is part of the address, and the chart answers to the keyboard", () =>
    see("desk", async (page) => {
      await chartDrawn(page);
      await page.getByRole("button", { name: "30 d", exact: true }).click();
      await page.waitForURL(/range=30/);
      await page.getByLabel("Chart; arrow keys move the cursor").focus();
      await page.keyboard.press("Home");
      const readout = page.locator(".readout");
      await until(async () => (await readout.innerText()).startsWith("0.00 %"), "the window's base at Home");
      assert.match(await readout.innerText(), /UTC\+0[12]:00 · .* UTC$/m);
      await page.keyboard.press("ArrowRight");
      await until(async () => !(await readout.innerText()).startsWith("0.00 %"), "the next point");
      await page.getByRole("button", { name: "show as table" }).click();
      await until(async () => (await page.getByRole("region", { name: "Returns behind the chart" }).locator("tbody tr").count()) > 20, "the points as rows");
      await keepsPromises(page);
    }));

  for (const size of ["desk", "phone"])
    test(`one click opens the working of a return at ${size}`, () =>
      see(size, async (page) => {
        await page.getByTestId("card-90").getByRole("button", { name: /why this number/ }).click();
        const dialog = page.getByRole("dialog");
        await dialog.getByText("Product of 4 factors").waitFor();
        const twr = await page.getByTestId("card-90").getByTestId("twr").innerText();
        assert.ok((await dialog.locator(".sum").first().innerText()).includes(twr.slice(0, 5)));
        await keepsPromises(page);
        await page.keyboard.press("Escape");
        await until(async () => (await page.getByRole("dialog").count()) === 0, "the dialog closes");
      }));

  test("a linked range opens at once", () =>
    see("desk", async (page) => {
      await chartDrawn(page);
      assert.equal(await page.getByRole("button", { name: "Total", exact: true }).getAttribute("aria-pressed"), "true");
      assert.equal(server.requests.filter((each) => each.includes("/series")).join(), "GET /api/performance/series?days=0&max_points=2000");
    }, { path: "/?range=total" }));

  test("still and readable for those who want no motion", () =>
    see("desk", async (page) => {
      await page.getByTestId("total").waitFor();
      const moving = await page.evaluate(() => document.getAnimations().length);
      assert.equal(moving, 0);
    }, { reducedMotion: "reduce" }));
});
