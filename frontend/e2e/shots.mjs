/** Pictures of every state: `npm run shots [-- state size]`, into test-results/. */

import { mkdirSync } from "node:fs";

import { launch, openPage, SIZES } from "./browser.mjs";
import { FixtureServer, SCENES } from "./fixture-server.mjs";

const [onlyScene, onlySize] = process.argv.slice(2);
mkdirSync("test-results", { recursive: true });
const server = new FixtureServer();
const url = await server.start();
const browser = await launch();
for (const scene of Object.keys(SCENES)) {
  if (onlyScene && scene !== onlyScene) continue;
  for (const size of Object.keys(SIZES)) {
    if (onlySize && size !== onlySize) continue;
    server.show(scene);
    const { page, context, complaints } = await openPage(browser, size);
    await page.goto(url);
    await page.waitForTimeout(1200);
    await page.screenshot({ path: `test-results/${scene}-${size}.png`, fullPage: true });
    if (complaints.length > 0) console.log(scene, size, complaints);
    await context.close();
  }
}
await browser.close();
server.stop();
