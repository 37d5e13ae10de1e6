/** Chromium, and a page that remembers what it complained about, whom it asked and how far it jumped. */

import assert from "node:assert/strict";
import { chromium } from "playwright-core";

export const SIZES = { desk: { width: 1440, height: 900 }, tablet: { width: 768, height: 1024 }, phone: { width: 375, height: 812 } };

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export function launch(...flags) {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: [...FLAGS, ...flags] });
}

/** Runs in the page before its own code: adds up layout shifts, and notes when the first amount was painted. */
function witness() {
  const seen = { shift: 0, jumps: [], usefulAt: null };
  globalThis.__witness = seen;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries().filter((each) => !each.hadRecentInput)) {
      seen.shift += entry.value;
      const what = entry.sources.map(({ node }) => node?.nodeName + (node?.className ? `.${node.className}` : "")).join(", ");
      seen.jumps.push(`${entry.value.toFixed(4)} at ${Math.round(entry.startTime)} ms: ${what}`);
    }
  }).observe({ type: "layout-shift", buffered: true });
  const observer = new MutationObserver(() => {
    const total = document.querySelector('[data-testid="total"]');
    if (!total || !/\d/.test(total.textContent)) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => (seen.usefulAt = performance.mark("useful").startTime)));
  });
  observer.observe(document, { subtree: true, childList: true, characterData: true });
}

/** A fresh context with one page, and everything it says. */
export async function openPage(browser, size, options = {}) {
  const context = await browser.newContext({
    viewport: SIZES[size], deviceScaleFactor: 1, hasTouch: size === "phone", timezoneId: "Europe/Paris", locale: "en-GB", ...options,
  });
  const page = await context.newPage();
  const complaints = [];
  const hosts = new Set();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`${message.type()}: ${message.text()} ${message.location().url}`);
  });
  page.on("pageerror", (error) => complaints.push(`exception: ${error.message}`));
  page.on("request", (request) => hosts.add(new URL(request.url()).host));
  await page.addInitScript(witness);
  return { page, context, complaints, hosts };
}

/** Before the page loads: what its reader chose on an earlier visit. */
export const remember = (page, preferences) => page.addInitScript((kept) => localStorage.setItem("portfolio.preferences", kept), JSON.stringify(preferences));

export const witnessed = (page) => page.evaluate(() => globalThis.__witness);

export const stateOf = (page) => page.getByTestId("state").getAttribute("data-state");

/** Waits until `check` answers true; `what` says what was waited for in vain. */
export async function until(check, what, patienceMs = 8_000) {
  const deadline = Date.now() + patienceMs;
  while (Date.now() < deadline) {
    if (await check()) return;
    await new Promise((wake) => setTimeout(wake, 50));
  }
  assert.fail(`waited in vain: ${what}`);
}

/** How many pixels of the chart are brightly coloured. */
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
  await until(async () => (await page.getByTestId("chart").count()) > 0 && (await chartPixels(page)) > 200, "a line in the chart", 10_000);
}
