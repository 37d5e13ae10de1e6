// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";

import { matches } from "@/lib/matching";
import { keyLabel, PALETTE_KEY, pressed, takesText, type KeyPress } from "@/lib/shortcuts";

const H: KeyPress = { key: "h", ctrlKey: false, metaKey: false, altKey: false, isComposing: false, isTyping: false, inDialog: false };

describe("a key press", () => {
  it.each<[string, Partial<KeyPress>, string | null]>([
    ["a letter is its own name", {}, "h"],
    ["a capital too", { key: "H" }, "h"],
    ["a sign too", { key: "?" }, "?"],
    ["not while typing", { isTyping: true }, null],
    ["not in a dialog", { inDialog: true }, null],
    ["not while an accent is composed", { isComposing: true }, null],
    ["the browser keeps its own", { ctrlKey: true }, null],
    ["Alt belongs to menus and letters", { altKey: true }, null],
    ["Enter is no command", { key: "Enter" }, null],
    ["Ctrl K opens the palette", { key: "k", ctrlKey: true }, PALETTE_KEY],
    ["Cmd K too, while typing as well", { key: "k", metaKey: true, isTyping: true }, PALETTE_KEY],
    ["but not twice", { key: "k", ctrlKey: true, inDialog: true }, null],
  ])("%s", (_, change, name) => {
    expect(pressed({ ...H, ...change })).toBe(name);
  });

  it("goes to what takes text, not to a checkbox", () => {
    const field = (type: string): HTMLInputElement => Object.assign(document.createElement("input"), { type });
    expect(takesText(field("search"))).toBe(true);
    expect(takesText(field("date"))).toBe(true);
    expect(takesText(field("checkbox"))).toBe(false);
    expect(takesText(document.createElement("textarea"))).toBe(true);
    expect(takesText(document.body)).toBe(false);
  });

  it("is named as the keyboard names it", () => {
    expect(keyLabel(PALETTE_KEY, true)).toBe("⌘ K");
    expect(keyLabel(PALETTE_KEY, false)).toBe("Ctrl K");
    expect(keyLabel("h", true)).toBe("h");
  });
});

describe("finding a command", () => {
  it("by the beginnings of its words, in any order, however accented", () => {
    expect(matches("Theme: amber", "am th")).toBe(true);
    expect(matches("Réglages", "reg")).toBe(true);
    expect(matches("Afficher les montants", "masq")).toBe(false);
    expect(matches("Anything", "  ")).toBe(true);
  });
});
