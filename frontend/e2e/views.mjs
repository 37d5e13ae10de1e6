/** The views that are kept as pictures, beside the states: what is different from a plain visit, and how to get there. */

const settled = (page) => page.waitForTimeout(500);
const dialogOpen = async (page) => {
  await page.getByRole("dialog").waitFor();
  await settled(page);
};

async function press(page, key) {
  await page.keyboard.press(key);
  await dialogOpen(page);
}

async function openWorking(page) {
  await page.getByTestId("card-90").getByRole("button", { name: /why this number/i }).click();
  await dialogOpen(page);
}

async function openProfit(page) {
  await page.getByTestId("card-30").getByRole("button", { name: /came about/i }).click();
  await dialogOpen(page);
}

async function addFlow(page) {
  await page.getByRole("button", { name: "+ add" }).click();
  await page.getByLabel("Amount (USD)").fill("5000");
  await page.getByRole("region", { name: "What this changes" }).getByRole("table").waitFor();
  await page.getByRole("form", { name: "Add cash flow" }).evaluate((form) => form.scrollIntoView({ block: "center" }));
  await settled(page);
}

async function closeLook(page) {
  await page.getByRole("button", { name: "value", exact: true }).click();
  const stage = page.getByLabel("Chart; arrow keys move the cursor");
  await stage.evaluate((element) => element.scrollIntoView({ block: "center" }));
  await stage.focus();
  for (const key of ["+", "+", "End", "PageUp"]) await page.keyboard.press(key);
  await settled(page);
}

async function openHistory(page) {
  const panel = page.getByRole("region", { name: "Account history" });
  await panel.getByRole("button", { name: "show details" }).click();
  await panel.getByText("Wallet by wallet").waitFor();
  await panel.evaluate((element) => element.scrollIntoView({ block: "start" }));
  await settled(page);
}

export const VIEWS = {
  dashboard: { caption: "The dashboard", sizes: ["desk", "tablet", "phone"] },
  amber: { caption: "Amber", preferences: { theme: "amber" }, whole: false },
  paper: { caption: "Paper, the light theme", preferences: { theme: "paper" }, whole: false },
  french: { caption: "In French, in euros", preferences: { language: "fr", currency: "EUR" }, whole: false },
  privacy: { caption: "Every amount hidden", preferences: { hideAmounts: true }, whole: false },
  chart: { caption: "The value, looked at closely", path: "/?range=total", steps: closeLook, whole: false },
  working: { caption: "Why this number: a return", steps: openWorking, whole: false },
  profit: { caption: "Why this number: a profit", steps: openProfit, whole: false },
  flow: { caption: "A cash flow, and what it would change", steps: addFlow, whole: false },
  history: { caption: "How complete the account's history is", steps: openHistory, whole: false },
  palette: { caption: "Every command at hand", steps: (page) => press(page, "Control+k"), whole: false },
  settings: { caption: "Settings", steps: (page) => press(page, ","), whole: false },
};
