import { describe, expect, it } from "vitest";

import css from "@/styles/tokens.css?raw";
import { THEMES, type Theme } from "@/stores/preferences";

function block(theme: Theme): string {
  const found = new RegExp(`\\[data-theme="${theme}"\\] \\{([^}]*)\\}`).exec(css)?.[1];
  if (!found) throw new Error(`no theme ${theme}`);
  return found;
}

function token(theme: Theme, name: string): string {
  const value = new RegExp(`--${name}: (#[0-9a-f]{6});`).exec(block(theme))?.[1];
  if (!value) throw new Error(`no token ${name} in ${theme}`);
  return value;
}

const names = (theme: Theme): string[] => [...block(theme).matchAll(/--([\w-]+):/g)].map((found) => found[1] ?? "").sort();

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((place) => {
    const part = parseInt(hex.slice(place, place + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function ratio(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

describe.each(THEMES)("WCAG 2.2 AA contrast of the theme %s", (theme) => {
  const contrast = (a: string, b: string): number => ratio(token(theme, a), token(theme, b));
  const texts = ["bright", "text", "dim", "faint", "gain", "loss", "warn", "info"];
  const grounds = ["bg", "surface", "raised"];

  it.each(texts.flatMap((text) => grounds.map((ground) => [text, ground] as const)))("%s on %s is at least 4.5", (text, ground) => {
    expect(contrast(text, ground)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(["bright", "text", "slice-0", "slice-1", "slice-2", "slice-3", "slice-4", "slice-5"])("accent text on %s is at least 4.5", (ground) => {
    expect(contrast("on-accent", ground)).toBeGreaterThanOrEqual(4.5);
  });

  it("control outlines are at least 3", () => {
    for (const ground of grounds) expect(contrast("line-strong", ground)).toBeGreaterThanOrEqual(3);
  });

  it("readings stay readable on the halo behind the head of the page", () => {
    for (const text of texts) expect(contrast(text, "halo")).toBeGreaterThanOrEqual(4.5);
  });

  it("brings every name, so that nothing is left from another theme", () => {
    expect(names(theme)).toEqual(names("green"));
  });
});

it("knows black on white is 21", () => {
  expect(ratio("#ffffff", "#000000")).toBeCloseTo(21, 5);
});
