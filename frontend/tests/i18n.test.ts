import { afterEach, describe, expect, it } from "vitest";

import { hasText, i18n, preferredLanguage, speak, t, type MessageKey } from "@/i18n";
import { formatDays } from "@/lib/format";
import { en } from "@/locales/en";
import { fr } from "@/locales/fr";

const SOURCES: Record<string, string> = import.meta.glob("../src/**/*.{ts,vue}", { query: "?raw", import: "default", eager: true });

interface Tree {
  [key: string]: string | Tree;
}

function leaves(tree: Tree, before = ""): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "string" ? [[before + key, value] as [string, string]] : leaves(value, `${before}${key}.`),
  );
}

const placeholders = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();

describe("messages", () => {
  afterEach(async () => {
    await speak("en");
  });

  it("say the same in every language: same keys, same places to fill, none empty", () => {
    const english = leaves(en);
    const french = new Map(leaves(fr));
    expect(english.length).toBeGreaterThan(5);
    expect([...french.keys()].sort()).toEqual(english.map(([key]) => key).sort());
    for (const [key, text] of english) {
      expect(text.trim(), key).not.toBe("");
      expect(french.get(key)?.trim(), key).not.toBe("");
      expect(placeholders(french.get(key) ?? ""), key).toEqual(placeholders(text));
      expect((french.get(key) ?? "").split(" | ").length, key).toBe(text.split(" | ").length);
    }
  });

  it("in French keep a narrow space, which never breaks, before high punctuation", () => {
    for (const [key, text] of leaves(fr)) {
      const spaced = text.replace(/\{\w+\}/g, "x").replace(/\d:\d|https?:/g, "");
      expect(spaced, key).not.toMatch(/[^\u202f]([;?!%»]|:(?!\S))/);
      expect(spaced, key).not.toMatch(/«[^\u202f]/);
      expect(text, key).not.toMatch(/'/);
    }
  });

  it("are all said somewhere: by name, or with others of their kind", () => {
    const code = Object.values(SOURCES).join("\n");
    const paths = [...code.matchAll(/["'`](\w+(?:\.(?:\w|\$\{[^}`]*\})+)+)["'`]/g)].map(([, path]) => path ?? "");
    const quoted = new Set(paths);
    const filled = paths.filter((path) => path.includes("$")).map((path) => new RegExp(`^${path.replace(/\$\{[^}]*\}/g, "\\w+")}$`));
    const isNamed = (path: string): boolean => quoted.has(path) || filled.some((shape) => shape.test(path));
    const isSaid = (path: string): boolean => isNamed(path) || (path.split(".").length > 2 && isSaid(path.replace(/\.\w+$/, "")));
    expect(leaves(en).map(([key]) => key).filter((key) => !isSaid(key))).toEqual([]);
  });

  it("fill in names and choose the plural", () => {
    expect(t("common.snapshotsKept", { n: "2,161", days: "90 days" }, 2161)).toBe("2,161 snapshots in 90 days");
    expect(t("common.snapshotsKept", { n: "1", days: "1 day" }, 1)).toBe("1 snapshot in 1 day");
    expect(hasText("common.refresh")).toBe(true);
    expect(hasText("common.nothing")).toBe(false);
  });

  it("are the same whether found at once or by vue-i18n", async () => {
    for (const [language, tree] of [["en", en], ["fr", fr]] as const) {
      await speak(language);
      for (const [key] of leaves(tree)) expect(t(key as MessageKey), key).toBe(i18n.global.t(key));
    }
    expect(t("common.nothing" as MessageKey)).toBe("common.nothing");
  });

  it("follow the reader's language, numbers included", async () => {
    expect(formatDays(6.94)).toBe("6.9 days");
    await speak("fr");
    expect(t("common.refresh")).toBe("actualiser");
    expect(formatDays(6.94)).toBe("6,9 jours");
  });

  it("begin with the first language of the browser that is spoken here", () => {
    expect(preferredLanguage(["de-DE", "fr-CA", "en"])).toBe("fr");
    expect(preferredLanguage(["ja"])).toBe("en");
  });
});
