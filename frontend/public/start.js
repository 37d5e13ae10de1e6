// Runs before the first paint, while the page's own code is still on its way.

// The theme and the language of this browser: a light page does not begin with a black flash, nor a French one in English.
const keptPreferences = (() => {
  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem("portfolio.preferences")) ?? {};
  } catch {
    // Unreadable preferences mean the defaults.
  }
  const root = document.documentElement;
  root.dataset.theme = ["amber", "paper"].includes(kept.theme) ? kept.theme : "green";
  const spoken = [kept.language, ...navigator.languages.map((tag) => tag.toLowerCase().split("-")[0])];
  root.lang = spoken.find((language) => ["en", "fr"].includes(language)) ?? "en";
  return kept;
})();

// The first questions, so that their answers travel beside the code. Each is used once: see `src/api/first-answers.ts`.
// The returns follow the status, as in `useLive`: whatever comes later than the status is at least as new.
(() => {
  const PATIENCE_MS = 20_000;
  const ask = async (path) => {
    const response = await fetch(path, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return { response, heardAtMs: Date.now() };
  };
  const status = ask("/api/status");
  const balances = ask("/api/portfolio/balances");
  const currency = ["EUR", "BTC"].find((each) => each === keptPreferences.currency);
  const midnight = new Date();
  if (keptPreferences.zone === "utc") midnight.setUTCHours(0, 0, 0, 0);
  else midnight.setHours(0, 0, 0, 0);
  const since = encodeURIComponent(midnight.toISOString());
  const returns = `/api/performance/windows?days=1%2C7%2C30%2C90%2C0&since=${since}${currency ? `&currency=${currency}` : ""}`;
  const answers = { "/api/status": status, "/api/portfolio/balances": balances, [returns]: status.then(() => ask(returns)) };
  // A failed question is asked again by who needs the answer; until then it is nobody's business.
  for (const answer of Object.values(answers)) answer.catch(() => undefined);
  globalThis.firstAnswers = answers;
})();

// The first formatted number of a page takes a browser long: it reads its tables for the language. It may as well do so now.
setTimeout(() => new Intl.NumberFormat(navigator.languages, { style: "currency", currency: "USD" }).format(0), 0);
