/**
 * Takes every picture of docs/images anew and writes the gallery beside them: `npm run shots [-- part-of-a-name]`.
 * The page must be built. The figures are the stand-in server's: seeded, invented, nobody's account.
 */

import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { chartDrawn, launch, openPage, remember, SIZES } from "./browser.mjs";
import { FixtureServer, SCENES } from "./fixture-server.mjs";
import { VIEWS } from "./views.mjs";

const PLACE = fileURLToPath(new URL("../../docs/images/", import.meta.url));
const QUALITY = 62;
const MOST_BYTES = 3_000_000;
const [only = ""] = process.argv.slice(2);

const pictures = [
  ...Object.entries(VIEWS).flatMap(([name, view]) => (view.sizes ?? ["desk", "phone"]).map((size) => ({ file: `${name}-${size}.webp`, size, scene: view.scene ?? "live", ...view }))),
  ...Object.entries(SCENES).flatMap(([scene, { caption }]) => ["desk", "phone"].map((size) => ({ file: `state-${scene}-${size}.webp`, size, scene, caption, whole: false }))),
];

/** WebP by Chromium itself: a tenth of the PNG, without another dependency. */
async function photograph(page, context, file, whole) {
  const wire = await context.newCDPSession(page);
  const { width, height } = await page.evaluate(() => ({ width: innerWidth, height: document.documentElement.scrollHeight }));
  const clip = whole ? { x: 0, y: 0, width, height, scale: 1 } : undefined;
  const { data } = await wire.send("Page.captureScreenshot", { format: "webp", quality: QUALITY, captureBeyondViewport: whole, clip });
  writeFileSync(PLACE + file, Buffer.from(data, "base64"));
}

async function take(browser, server, picture) {
  server.cutStreams(true);
  server.show(picture.scene);
  const { page, context, complaints } = await openPage(browser, picture.size, { reducedMotion: "reduce", ...picture.browser });
  await remember(page, picture.preferences ?? {});
  await page.goto(server.url + (picture.path ?? "/"));
  await page.getByTestId("state").waitFor();
  if (server.scene.index.length > 1) await chartDrawn(page);
  await page.waitForTimeout(800);
  await picture.steps?.(page);
  await photograph(page, context, picture.file, picture.whole ?? true);
  if (complaints.length > 0) throw new Error(`${picture.file}: ${complaints.join("\n")}`);
  await context.close();
  console.log(`${picture.file} ${Math.round(statSync(PLACE + picture.file).size / 1000)} kB`);
}

function gallery() {
  const rows = (group) => {
    const names = [...new Set(group.map((each) => each.caption))];
    return names.map((caption) => {
      const cells = Object.keys(SIZES).map((size) => group.find((each) => each.caption === caption && each.size === size)).map((each) => (each ? `[![${caption}](${each.file})](${each.file})` : ""));
      return `| ${caption} | ${cells.join(" | ")} |`;
    });
  };
  const table = (group) => ["| | desk, 1440 px | tablet, 768 px | phone, 375 px |", "| --- | --- | --- | --- |", ...rows(group), ""];
  const isState = (each) => each.file.startsWith("state-");
  return ["# The page in pictures", "", "Invented figures. `npm run shots` in `frontend/` takes all of them anew and writes this page.", "", "## Views", "",
    ...table(pictures.filter((each) => !isState(each))), "## States", "", "What the page says when something is not as it should be, and what to do about it.", "", ...table(pictures.filter(isState))].join("\n");
}

mkdirSync(PLACE, { recursive: true });
const server = new FixtureServer();
await server.start();
const browser = await launch();
for (const picture of pictures.filter((each) => each.file.includes(only))) await take(browser, server, picture);
await browser.close();
server.stop();
writeFileSync(`${PLACE}README.md`, gallery());
const total = readdirSync(PLACE).reduce((sum, name) => sum + statSync(PLACE + name).size, 0);
console.log(`${pictures.length} pictures, ${(total / 1e6).toFixed(2)} MB in docs/images`);
if (total > MOST_BYTES) throw new Error(`docs/images holds more than ${MOST_BYTES / 1e6} MB`);
