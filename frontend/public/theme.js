// Runs before the first paint: the theme that this browser chose, so that a light page does not begin with a black flash.
(() => {
  let theme = "green";
  try {
    const kept = JSON.parse(localStorage.getItem("portfolio.preferences") ?? "{}").theme;
    if (["amber", "paper"].includes(kept)) theme = kept;
  } catch {
    // Unreadable preferences mean the default.
  }
  document.documentElement.dataset.theme = theme;
})();
