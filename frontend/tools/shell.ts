/** Writes the boot screen into index.html, in every language, so that the page speaks before its code has arrived. */

import { fileURLToPath } from "node:url";

import { runnerImport, type Plugin } from "vite";

import type { Messages } from "../src/locales/en";

const PLACE = '<div id="app"></div>';
const LANGUAGES = ["en", "fr"];

const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${String(sign.charCodeAt(0))};`);

/** What `BootScreen.vue` draws while nothing has answered yet. */
export function shellOf(language: string, { common, states: { boot } }: Messages): string {
  const steps = [boot.page, boot.server, boot.balances, boot.returns];
  return [
    `<div class="shell" lang="${language}">`,
    `<p class="shell-head"><i aria-hidden="true">&gt;_</i> ${escaped(common.appName)}</p>`,
    `<section class="boot" aria-label="${escaped(boot.label)}">`,
    `<ul>${steps.map((step) => `<li class="waiting"><span class="mark">[...]</span> ${escaped(step)}</li>`).join("")}</ul>`,
    `<p class="progress" aria-hidden="true">${"<span></span>".repeat(steps.length)}</p>`,
    `<p class="dim">${escaped(boot.promise)}<span class="caret" aria-hidden="true"></span></p>`,
    "</section></div>",
  ].join("");
}

async function messagesOf(language: string): Promise<Messages> {
  const file = fileURLToPath(new URL(`../src/locales/${language}/index.ts`, import.meta.url));
  const { module } = await runnerImport<Record<string, Messages>>(file);
  const messages = module[language];
  if (!messages) throw new Error(`${file} has no "${language}"`);
  return messages;
}

export function shell(): Plugin {
  return {
    name: "shell",
    async transformIndexHtml(html) {
      if (!html.includes(PLACE)) throw new Error(`index.html has no ${PLACE}`);
      const shells = await Promise.all(LANGUAGES.map(async (language) => shellOf(language, await messagesOf(language))));
      return html.replace(PLACE, () => `<div id="app">${shells.join("")}</div>`);
    },
  };
}
