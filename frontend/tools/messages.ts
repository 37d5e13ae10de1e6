/** Compiles the message files while the page is built, so that no compiler of messages travels with it or runs in it. */

import { baseCompile } from "@intlify/message-compiler";
import { runnerImport, type Plugin } from "vite";

interface Texts {
  [key: string]: string | Texts;
}

/** The body of a message has `s` where nothing varies: how it reads then. */
interface Compiled {
  b: { s?: string };
}

const LANGUAGE_FILE = /\/src\/locales\/\w+\/index\.ts$/;
const POSITIONS = new Set(["start", "end", "loc"]);

/** What vue-i18n would make of a text at run time; a text without places stays as it is. One that it cannot read stops the build. */
function compileText(text: string): unknown {
  const { ast } = baseCompile(text, {
    jit: true,
    optimize: true,
    minify: true,
    location: false,
    onError: (error) => {
      throw new Error(`"${text}": ${error.message}`);
    },
  });
  const compiled = JSON.parse(JSON.stringify(ast, (key, value: unknown) => (POSITIONS.has(key) ? undefined : value))) as Compiled;
  return compiled.b.s === text ? text : compiled;
}

export function compileMessages(texts: Texts): object {
  const entries = Object.entries(texts).map(([key, value]) => [key, typeof value === "string" ? compileText(value) : compileMessages(value)]);
  return Object.fromEntries(entries) as object;
}

export function compiledMessages(): Plugin {
  return {
    name: "compiled-messages",
    apply: "build",
    config: () => ({ define: { __INTLIFY_DROP_MESSAGE_COMPILER__: "true" } }),
    async load(id) {
      if (!LANGUAGE_FILE.test(id)) return null;
      const { module } = await runnerImport<Record<string, Texts>>(id);
      return Object.entries(module)
        .map(([name, texts]) => `export const ${name} = ${JSON.stringify(compileMessages(texts))};`)
        .join("\n");
    },
  };
}
