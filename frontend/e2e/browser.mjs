/** Chromium, and the checks every page must pass. */

import { AxeBuilder } from "@axe-core/playwright";
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

export const SIZES = { desk: { width: 1440, height: 900 }, tablet: { width: 768, height: 1024 }, phone: { width: 375, height: 812 } };

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

/** A page that remembers everything it complained about and every host it asked. */
export async function openPage(browser, size, options = {}) {
  const context = await browser.newContext({ viewport: SIZES[size], deviceScaleFactor: 1, hasTouch: size === "phone", timezoneId: "Europe/Paris", locale: "en-GB", ...options });
  const page = await context.newPage();
  const complaints = [];
  const hosts = new Set();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`${message.type()}: ${message.text()} ${message.location().url}`);
  });
  page.on("pageerror", (error) => complaints.push(`exception: ${error.message}`));
  page.on("request", (request) => hosts.add(new URL(request.url()).host));
  return { page, context, complaints, hosts };
}

export async function noOverflow(page) {
  const [inner, scroll] = await page.evaluate(() => [document.documentElement.clientWidth, document.documentElement.scrollWidth]);
  assert.ok(scroll <= inner, `the page is ${scroll - inner} px wider than the window`);
}

export async function accessible(page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  assert.deepEqual(violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.target).join(" | ")}`), []);
}

/** How many pixels of the chart carry the line's colour. */
export function chartPixels(page) {
  return page.getByTestId("chart").evaluate((canvas) => {
    if (canvas.width === 0 || canvas.height === 0) return 0;
    // Read from a copy: reading the page's own canvas would make Chromium complain about the page.
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let place = 0; place < data.length; place += 4) if (data[place + 1] > 200 && data[place + 3] > 200) count += 1;
    return count;
  });
}

export async function chartDrawn(page) {
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline) {
    if ((await page.getByTestId("chart").count()) > 0 && (await chartPixels(page)) > 200) return;
    await new Promise((wake) => setTimeout(wake, 100));
  }
  assert.fail("the chart stayed blank");
}
