import { defineConfig } from "@hey-api/openapi-ts";

export default defineConfig({
  input: "./openapi.json",
  output: { path: "src/api/generated" },
  // The addresses in the document start with a slash already; a base of "/" before them would name another host.
  plugins: [{ name: "@hey-api/client-axios", baseUrl: false }, "@hey-api/typescript", "@hey-api/sdk"],
});
