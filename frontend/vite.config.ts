import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import { fileURLToPath, URL } from "node:url";

import vue from "@vitejs/plugin-vue";
import { defineConfig, type Plugin } from "vite";

import { compiledMessages } from "./tools/messages";
import { packed } from "./tools/packed";
import { shell } from "./tools/shell";

const here = dirname(fileURLToPath(import.meta.url));
const outDir = resolve(here, "../backend/dashboard_crypto/static");
const require = createRequire(import.meta.url);

/** After a build: swagger-ui's own files for /api/docs, and the .gitkeep that emptying the folder removed. */
function companionFiles(): Plugin {
  return {
    name: "companion-files",
    apply: "build",
    closeBundle() {
      const swagger = dirname(require.resolve("swagger-ui-dist/package.json"));
      const docs = resolve(outDir, "docs");
      mkdirSync(docs, { recursive: true });
      for (const file of COMPANIONS) copyFileSync(resolve(swagger, file), resolve(docs, file));
      writeFileSync(resolve(outDir, ".gitkeep"), "");
    },
  };
}

const COMPANIONS = ["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"];
const backend = "http://localhost:5000";

export default defineConfig({
  plugins: [vue(), compiledMessages(), shell(), companionFiles(), packed(outDir, ["", "assets"])],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: {
    port: 5173,
    strictPort: true,
    proxy: {
      // The Host stays the page's own: the server compares it with Origin before it lets a page write.
      "/api": { target: backend, changeOrigin: false },
      "/health": { target: backend, changeOrigin: false },
    },
  },
  define: { __VUE_I18N_FULL_INSTALL__: "false", __VUE_I18N_LEGACY_API__: "false", __INTLIFY_PROD_DEVTOOLS__: "false" },
  build: {
    outDir,
    emptyOutDir: true,
    target: "es2022",
    // The page runs under a policy of "nothing but our own files", so no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
