/** Every state at every size, against the stand-in server: the words, what to do, no jump, nothing false. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { chartDrawn, SIZES, stateOf, until } from "./browser.mjs";
import { SCENES } from "./scenes.mjs";
import { calm, LOST, says } from "./promises.mjs";
import { standIn } from "./stand-in.mjs";

const { server, see } = standIn();

/** Before a reading there is no number to show, so there must be none. */
async function claimsNothing(page) {
  const total = page.getByTestId("total");
  if ((await total.count()) > 0) assert.equal(await total.innerText(), "—");
  assert.doesNotMatch(await page.title(), /\d/);
  assert.doesNotMatch(await page.locator("main").innerText(), /[$€₿]\s?\d/, "an amount is claimed before anything was read");
}

async function settled(page, scene) {
  await until(async () => (await stateOf(page)) === scene.expect, `state ${scene.expect}`);
  if (scene.index.length > 1) await chartDrawn(page);
  await page.waitForTimeout(300);
}

for (const size of Object.keys(SIZES))
  describe(`every state at ${size}`, { concurrency: false }, () => {
    for (const name of Object.keys(SCENES))
      test(name, () => {
        server.show(name);
        const { scene } = server;
        return see(size, async (page) => {
          await settled(page, scene);
          await says(page, SCENES[name].says);
          if (scene.readAt === null) await claimsNothing(page);
          await calm(page);
        }, { axe: size !== "tablet" });
      });

    test("offline browser", () =>
      see(size, async (page, context) => {
        await until(async () => (await stateOf(page)) === "live", "live first");
        await chartDrawn(page);
        await context.setOffline(true);
        server.cutStreams(true);
        await until(async () => (await stateOf(page)) === "offline", "offline after some seconds", 12_000);
        await says(page, [
          /lost its own server/i,
          /check that the portfolio server is running|your connection|network/i,
          /were read \d+ s ago/i,
        ]);
        assert.match(await page.getByTestId("total").innerText(), /^\$7\d,\d{3}/, "the last figures stay");
        await context.setOffline(false);
        await until(async () => (await stateOf(page)) === "live", "live again", 15_000);
      }, { expected: LOST, axe: size === "phone" }));

    test("server not there", () =>
      see(size, async (page) => {
        await page.route("**/api/**", (route) => route.abort());
        await page.reload();
        await page.getByText(/server did not answer/i).first().waitFor();
        await claimsNothing(page);
      }, { expected: LOST, axe: size === "phone" }));
  });
