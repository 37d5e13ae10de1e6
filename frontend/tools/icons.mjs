/** Draws the app's icons from favicon.svg: `npm run icons`. The results are committed; run it again when the drawing changes. */

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

const folder = fileURLToPath(new URL("../public/", import.meta.url));
const svg = await readFile(`${folder}favicon.svg`, "utf8");
const GROUND = "#040705";
/** A maskable icon is cut to any shape; what counts stays inside the middle four fifths. */
const ICONS = [
  { name: "icon-192.png", size: 192, share: 1, ground: "transparent" },
  { name: "icon-512.png", size: 512, share: 1, ground: "transparent" },
  { name: "icon-maskable-512.png", size: 512, share: 0.72, ground: GROUND },
];

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
for (const { name, size, share, ground } of ICONS) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const edge = `${String(size * share)}px`;
  await page.setContent(
    `<style>html{background:${ground}}body{margin:0;height:100vh;display:grid;place-content:center}svg{width:${edge};height:${edge};display:block}</style>${svg}`,
  );
  await page.screenshot({ path: folder + name, omitBackground: true });
  await page.close();
}
await browser.close();
