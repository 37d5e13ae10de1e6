/** What a reader does on the page, for every suite: against the stand-in server and against the real one. */

import assert from "node:assert/strict";

import { chartDrawn } from "./browser.mjs";
import { allWords, keepsPromises } from "./promises.mjs";

/** Small windows show the short form of the cards at first. */
export async function showDetails(page) {
  const more = page.getByRole("button", { name: "show details" }).first();
  if (await more.isVisible()) await more.click();
}

export const stage = (page) => page.getByLabel("Chart; arrow keys move the cursor");
export const readout = (page) => page.locator("section", { has: page.locator("#chart-heading") }).locator(".readout").first();
export const pointsDrawn = async (page) => Number(await page.getByTestId("chart").getAttribute("data-points"));
export const flowMarks = (page) => page.getByRole("group", { name: /^Cash flows in the chart/ }).getByRole("button");
export const flowWords = (page) => stage(page).locator("li").first();

/** The chart in the middle of the window, so that the whole of it is painted. */
export const centre = (page) => stage(page).evaluate((element) => element.scrollIntoView({ block: "center" }));

export const flows = (page) => page.getByTestId("flow");
export const openForm = (page) => page.getByRole("button", { name: "+ add" }).click();

/** A deposit in USD, typed in; `when` is the reader's own time. */
export async function addFlow(page, { amount, when, note }) {
  await openForm(page);
  await page.getByLabel("Amount (USD)").fill(amount);
  await page.getByLabel("When (your time)").fill(when);
  await page.getByLabel("Note (optional)").fill(note);
  await page.getByRole("button", { name: "add", exact: true }).click();
}

export async function removeFlow(page, flow, amount) {
  await flow.getByRole("button", { name: /^Delete/ }).click();
  await flow.getByRole("button", { name: /^Yes, delete/ }).click();
  await page.getByText(`Deleted ${amount}`).waitFor();
}

const dialogGone = (page) => page.getByRole("dialog").waitFor({ state: "detached" });

/** One key hides each of `amounts`, as the page writes them, in the text, the title, tooltips and dialogs, and brings them back. */
export async function hidesAmounts(page, amounts) {
  const total = page.getByTestId("total");
  await chartDrawn(page);
  await flows(page).first().waitFor();
  const shown = await total.innerText();
  const said = await allWords(page);
  assert.ok(amounts.filter((each) => said.includes(each)).length > 10, "the amounts are looked for in the way they are written");
  await page.keyboard.press("h");
  await total.filter({ hasNotText: /\d/ }).waitFor();
  await page.getByTestId("card-90").getByRole("button", { name: /why this number/i }).click();
  await page.getByRole("dialog").getByText(/product/i).first().waitFor();
  const hidden = await allWords(page);
  assert.deepEqual(amounts.filter((each) => hidden.includes(each)), []);
  assert.doesNotMatch(await page.title(), /\d/);
  await keepsPromises(page);
  await page.keyboard.press("Escape");
  await dialogGone(page);
  await page.keyboard.press("h");
  await total.filter({ hasText: shown[0] }).filter({ hasText: /\d/ }).waitFor();
}

/** While amounts are hidden, neither the value line nor the table behind it says one. */
export async function chartHidesAmounts(page) {
  await chartDrawn(page);
  await page.getByRole("button", { name: "value", exact: true }).click();
  await stage(page).focus();
  await page.keyboard.press("Home");
  await page.getByRole("button", { name: "show as table" }).click();
  await page.getByRole("region", { name: "Returns behind the chart" }).locator("tbody tr").first().waitFor();
  const panel = page.locator("section", { has: page.getByTestId("chart") }).last();
  assert.doesNotMatch(await panel.innerText(), /\$\s?\d/);
}

/** The palette finds a command by a part of its name and runs it. */
export async function paletteRuns(page) {
  await page.getByTestId("total").waitFor();
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Type a command" }).fill("amber");
  await keepsPromises(page);
  await page.keyboard.press("Enter");
  await dialogGone(page);
  await page.locator("html[data-theme=amber]").waitFor();
}

/** Single keys do what the list of keys says, but never while typing. */
export async function keysObey(page) {
  await chartDrawn(page);
  await page.keyboard.press("1");
  await page.waitForURL(/range=7/);
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await keepsPromises(page);
  await page.keyboard.press("Escape");
  await dialogGone(page);
  await page.keyboard.press("c");
  await page.getByLabel("Note (optional)").fill("h 5 t");
  assert.match(await page.getByTestId("total").innerText(), /^\$/, "h was typed, not obeyed");
  assert.match(page.url(), /range=7/);
  await page.keyboard.press("Escape");
  await page.getByLabel("Note (optional)").waitFor({ state: "detached" });
}

/** All in French, numbers too; `total` is how the total is written there. */
export async function speaksFrench(page, total) {
  await flows(page).first().waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "fr");
  const words = await allWords(page);
  assert.match(words, /Valeur totale/i);
  assert.doesNotMatch(words, /\b(why this number|cash flows|holdings|snapshots? kept|not known|last reading)\b/i, "English words are left");
  assert.match(await page.getByTestId("total").innerText(), total);
}

/** Currency, theme and zone chosen in the settings are in force at once and after a reload. */
export async function settingsAreKept(page) {
  const total = page.getByTestId("total");
  await total.waitFor();
  await page.getByRole("button", { name: "settings" }).click();
  const dialog = page.getByRole("dialog", { name: "Settings" });
  await dialog.getByText("EUR", { exact: true }).click();
  await dialog.getByText("paper", { exact: true }).click();
  await dialog.getByText("UTC", { exact: true }).click();
  await keepsPromises(page);
  await page.keyboard.press("Escape");
  await total.filter({ hasText: "€" }).waitFor();
  await page.reload();
  await total.filter({ hasText: "€" }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "paper");
  assert.match(await page.locator("main").innerText(), /measured in EUR/);
}
