import { describe, expect, it } from "vitest";
import { createI18n } from "vue-i18n";

import { en } from "@/locales/en";
import { fr } from "@/locales/fr";

import { compileMessages } from "../tools/messages";

interface Tree {
  [key: string]: string | Tree;
}

const PLACES = /\{(\w+)\}/g;

function leaves(tree: Tree, before = ""): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "string" ? [[before + key, value] as [string, string]] : leaves(value, `${before}${key}.`),
  );
}

function speaker(messages: object) {
  return createI18n<false>({ legacy: false, locale: "here", messages: { here: messages as never } }).global;
}

describe("messages compiled with the page", () => {
  it.each([["English", en], ["French", fr]])("say in %s what their source says, each plural too", (_, source: Tree) => {
    const asWritten = speaker(source);
    const asBuilt = speaker(compileMessages(source));
    const texts = leaves(source);
    expect(texts.length).toBeGreaterThan(100);
    for (const [key, text] of texts) {
      const names = Object.fromEntries([...text.matchAll(PLACES)].map(([, name]) => [name, `<${name ?? ""}>`]));
      expect(asBuilt.te(key), key).toBe(true);
      expect(asBuilt.t(key, names), key).toBe(asWritten.t(key, names));
      for (const count of [0, 1, 2]) expect(asBuilt.t(key, names, count), key).toBe(asWritten.t(key, names, count));
    }
  });

  it("hold no text that would have to be compiled in the browser", () => {
    const compiled = compileMessages({ area: { word: "text", sign: "a {'@'} b", place: "{n} x" } });
    const sign = { t: 0, b: { t: 2, i: [{ t: 3 }, { t: 9 }, { t: 3 }], s: "a @ b" } };
    const place = { t: 0, b: { t: 2, i: [{ t: 4, k: "n" }, { t: 3, v: " x" }] } };
    expect(compiled).toEqual({ area: { word: "text", sign, place } });
    for (const tree of [en, fr]) for (const [key, text] of leaves(compileMessages(tree) as Tree)) if (typeof text === "string") expect(text, key).not.toMatch(/[{}|@]/);
  });

  it("stop the build at a text that cannot be read", () => {
    expect(() => compileMessages({ area: { word: "{name" } })).toThrow("{name");
  });
});
