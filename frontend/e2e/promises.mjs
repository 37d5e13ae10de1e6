/** What every view in every state must keep: quiet console, own host only, no overflow, accessible, no false words. */

import { AxeBuilder } from "@axe-core/playwright";
import assert from "node:assert/strict";

import { openPage, remember, until, witnessed } from "./browser.mjs";

/** Google's border of "good" is 0.1; a page whose figures stand where they stood needs less. */
export const MOST_SHIFT = 0.05;

/** Nothing reaches beyond the window, neither the page as a whole nor a single element outside a scrolling box. */
export async function noOverflow(page) {
  const found = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const scrolls = (element) => {
      for (let box = element.parentElement; box; box = box.parentElement) if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(box).overflowX)) return true;
      return false;
    };
    const wide = [...document.querySelectorAll("body *")].filter((element) => {
      const box = element.getBoundingClientRect();
      return box.width > 1 && box.height > 1 && (box.right > width + 1 || box.left < -1) && !scrolls(element);
    });
    return { over: document.documentElement.scrollWidth - width, wide: wide.slice(0, 5).map((each) => `${each.nodeName}.${each.className}`) };
  });
  assert.ok(found.over <= 0, `the page is ${found.over} px wider than the window: ${found.wide.join(" ")}`);
  assert.deepEqual(found.wide, [], "elements reach beyond the window");
}

/** Chromium's own lines about requests that a test made fail. */
export const LOST = /Failed to load resource|net::ERR|EventSource/;

export async function accessible(page) {
  // No rule that runs here needs axe to fetch the style sheets itself, which it cannot do without a network.
  const { violations } = await new AxeBuilder({ page }).options({ preload: false }).analyze();
  assert.deepEqual(violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.target).join(" | ")}`), []);
}

const NONSENSE = /\b(NaN|undefined|null|Infinity|Invalid Date)\b|\[object |\{\{|\}\}|\b[a-z]+\.[a-z]+\.[a-zA-Z]+\b(?!\()/;
/** Addresses and files have dots too; message keys that were never translated do not look like these. */
const DOTTED = /\b(api\.binance\.com|dev\.py|\w+\.env)\b/g;

/** Everything a person or a screen reader can read: text, labels, titles, the window's title. */
export async function allWords(page) {
  return page.evaluate(() => {
    const named = [...document.querySelectorAll("[aria-label],[title],[alt],[placeholder]")];
    const attributes = named.flatMap((each) => ["aria-label", "title", "alt", "placeholder"].map((name) => each.getAttribute(name) ?? ""));
    return [document.title, document.body.innerText, ...attributes].join("\n");
  });
}

/** Waits until the page says each of `sayings`: parts that load later speak later, but they must speak. */
export async function says(page, sayings) {
  for (const said of sayings) await until(async () => said.test(await allWords(page)), `the page says ${said}`);
}

export async function noNonsense(page) {
  const words = (await allWords(page)).replace(DOTTED, "");
  const found = NONSENSE.exec(words);
  if (found) assert.fail(`"${found[0]}" can be read in: …${words.slice(Math.max(0, found.index - 60), found.index + 60)}…`);
}

export async function calm(page) {
  const { shift, jumps } = await witnessed(page);
  assert.ok(shift <= MOST_SHIFT, `the layout shifted by ${shift.toFixed(3)}:\n${jumps.join("\n")}`);
}

/** All that can be asked of the page as it stands. `axe` takes most of the time, so a caller may leave it to another size. */
export async function keepsPromises(page, { axe = true } = {}) {
  await noOverflow(page);
  await noNonsense(page);
  if (axe) await accessible(page);
}

/**
 * Opens the page at a size, runs the steps, and holds the page to its promises. `expected` matches complaints that are
 * Chromium's own and belong to the test, such as its line for a refused request. `prepare` has the page before it loads;
 * `preferences` are what its reader chose on an earlier visit.
 */
export async function visit(browser, url, size, steps, { path = "/", expected = null, axe = true, prepare = null, preferences = null, ...options } = {}) {
  const { page, context, complaints, hosts } = await openPage(browser, size, options);
  try {
    await prepare?.(page);
    if (preferences) await remember(page, preferences);
    await page.goto(url + path);
    await steps(page, context);
    await keepsPromises(page, { axe });
    const unexpected = new Set(complaints.filter((each) => !expected?.test(each)).map((each) => each.slice(0, 300)));
    assert.deepEqual([...unexpected], [], "the console stays empty");
    assert.deepEqual([...hosts], [new URL(url).host], "no other host is asked");
  } finally {
    await context.close();
  }
}
