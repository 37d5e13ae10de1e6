// @vitest-environment happy-dom
import { mount } from "@vue/test-utils";
import { createPinia, setActivePinia } from "pinia";
import { afterEach, expect, it } from "vitest";

import BootScreen from "@/components/BootScreen.vue";
import { i18n, speak, type Language } from "@/i18n";
import { en } from "@/locales/en";
import { fr } from "@/locales/fr";
import { usePreferences } from "@/stores/preferences";

import { shellOf } from "../tools/shell";

afterEach(() => speak("en"));

/** Every element with its own words; what stands between the brackets of a mark is what differs. */
function drawn(section: Element | null): string[] {
  return [...(section?.querySelectorAll("*") ?? [])].map((each) => {
    const words = [...each.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.textContent ?? "");
    return `${each.tagName} ${words.join("").replace(/\[.{3}\]/, "[   ]").trim()}`;
  });
}

it.each([["en", en], ["fr", fr]] as const)("index.html draws in %s what the boot screen then draws", async (language: Language, messages) => {
  // What the stores prefer would be spoken as soon as one of them is there.
  const pinia = createPinia();
  setActivePinia(pinia);
  usePreferences().language = language;
  await speak(language);
  const boot = mount(BootScreen, { global: { plugins: [pinia, i18n] } }).element as Element;
  const place = document.createElement("div");
  place.innerHTML = shellOf(language, messages);
  const shell = place.querySelector(".boot");
  expect(drawn(shell)).toEqual(drawn(boot));
  expect(drawn(shell).join(" ")).toContain(messages.states.boot.promise);
  expect(shell?.getAttribute("aria-label")).toBe(boot.getAttribute("aria-label"));
});

it("index.html claims nothing that has not happened", () => {
  const shell = shellOf("en", en);
  expect(shell).not.toContain("[ ok]");
  expect(shell).not.toMatch(/\d/);
});

it("a word with a markup sign stays a word", () => {
  const odd = { ...en, common: { ...en.common, appName: '<b>"&' } };
  const place = document.createElement("div");
  place.innerHTML = shellOf("en", odd);
  expect(place.querySelector("b")).toBeNull();
  expect(place.querySelector(".shell-head")?.textContent).toContain('<b>"&');
});
