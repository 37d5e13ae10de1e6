/** The views that are kept as pictures, beside the states: what is different from a plain visit, and how to get there. */

const openWorking = async (page) => {
  await page.getByTestId("card-90").getByRole("button", { name: /why this number/i }).click();
  await page.getByRole("dialog").waitFor();
  await page.waitForTimeout(400);
};

export const VIEWS = {
  dashboard: { caption: "The dashboard", sizes: ["desk", "tablet", "phone"] },
  privacy: { caption: "Every amount hidden", preferences: { hideAmounts: true } },
  working: { caption: "Why this number", steps: openWorking, whole: false },
};
