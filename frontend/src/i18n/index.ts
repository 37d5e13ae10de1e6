/** Every word of the page comes from `src/locales`. English is built in and stands in for what is missing; others load when asked for. */

import { createI18n } from "vue-i18n";

import { en, type Messages } from "@/locales/en";

export const LANGUAGES = ["en", "fr"] as const;
export type Language = (typeof LANGUAGES)[number];

/** Every path to a text, "common.refresh" and the like: a word that no file holds does not compile. */
type PathIn<T> = { [K in keyof T & string]: T[K] extends string ? K : `${K}.${PathIn<T[K]>}` }[keyof T & string];
export type MessageKey = PathIn<Messages>;

const LOADERS: Record<Exclude<Language, "en">, () => Promise<Messages>> = {
  fr: async () => (await import("@/locales/fr")).fr,
};

export const i18n = createI18n<false>({
  legacy: false,
  locale: "en",
  fallbackLocale: "en",
  messages: { en: en as never },
  // "one | many": English has one of exactly 1, French of everything below 2.
  pluralRules: { en: (count: number) => (count === 1 ? 0 : 1), fr: (count: number) => (Math.abs(count) < 2 ? 0 : 1) },
  missingWarn: false,
  fallbackWarn: false,
});

/** What the texts of a language come from, for those that are found without vue-i18n. */
const texts: Partial<Record<Language, Messages>> = { en };
const plainTexts: Record<Language, Map<string, string | null>> = { en: new Map(), fr: new Map() };
const HAS_PLACES = /[{}|@]/;

function find(key: string, language: Language): string | null {
  let place: unknown = texts[language];
  for (const name of key.split(".")) place = (place as Record<string, unknown> | null | undefined)?.[name];
  return typeof place === "string" && !HAS_PLACES.test(place) ? place : null;
}

/** Most texts are plain and need only be found. vue-i18n takes its time for each, and the first screen has hundreds. */
function plainText(key: string): string | null {
  const speaking = language();
  let text = plainTexts[speaking].get(key);
  if (text === undefined) plainTexts[speaking].set(key, (text = find(key, speaking)));
  return text;
}

/**
 * The text of `key` with `{names}` filled in. With `count` the plural form is chosen ("one | many"; `{n}` is the count).
 * Reading it in a template or a computed follows a change of language.
 */
export function t(key: MessageKey, names: Record<string, string | number> = {}, count?: number): string {
  const plain = plainText(key);
  if (plain !== null) return plain;
  return count === undefined ? i18n.global.t(key, names) : i18n.global.t(key, names, count);
}

/** True when a text exists: for codes that a newer server may send. */
export function hasText(key: string): key is MessageKey {
  return i18n.global.te(key, "en");
}

export function isLanguage(value: unknown): value is Language {
  return typeof value === "string" && (LANGUAGES as readonly string[]).includes(value);
}

/** The first of the browser's languages that we speak. */
export function preferredLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const language = tag.toLowerCase().split("-")[0];
    if (isLanguage(language)) return language;
  }
  return "en";
}

/** Switches every text; loads its file first. */
export async function speak(language: Language): Promise<void> {
  if (language !== "en" && !i18n.global.availableLocales.includes(language as never)) {
    const loaded = await LOADERS[language]();
    texts[language] = loaded;
    i18n.global.setLocaleMessage(language as never, loaded as never);
  }
  i18n.global.locale.value = language as never;
  if (typeof document !== "undefined") document.documentElement.lang = language;
}

export function language(): Language {
  return i18n.global.locale.value as Language;
}

/** The tag for numbers and dates: the chosen language with the browser's region where that fits ("fr-CA"). */
export function numberLocale(): string {
  const current = language();
  if (typeof navigator === "undefined") return current === "en" ? "en-US" : current;
  return navigator.languages.find((tag) => tag.toLowerCase().startsWith(`${current}-`)) ?? (current === "en" ? "en-US" : current);
}
