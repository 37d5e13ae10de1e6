/** The page's own colours and font: a canvas does not inherit them. */

export interface Palette {
  line: string;
  loss: string;
  grid: string;
  zero: string;
  text: string;
  strong: string;
  ground: string;
  deposit: string;
  withdrawal: string;
  font: string;
}

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  return {
    line: token("--bright"),
    loss: token("--loss"),
    grid: token("--chart-grid"),
    zero: token("--line-strong"),
    text: token("--dim"),
    strong: token("--text"),
    ground: token("--bg"),
    deposit: token("--info"),
    withdrawal: token("--warn"),
    font: token("--mono"),
  };
}

/** Calls back when the theme changes. Returns what stops it. */
export function onThemeChange(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  return () => { observer.disconnect(); };
}
