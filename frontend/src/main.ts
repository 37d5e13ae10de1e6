import "./styles/fonts.css";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/boot.css";

import { createPinia } from "pinia";
import { createApp } from "vue";

import { i18n, speak } from "@/i18n";
import { breathe } from "@/lib/breathe";
import { usePreferences } from "@/stores/preferences";

import App from "./App.vue";
import { router } from "./router";

/** The first words are already in the reader's language; without its file they are English. */
async function start(): Promise<void> {
  await breathe();
  const pinia = createPinia();
  const app = createApp(App).use(pinia).use(i18n);
  await speak(usePreferences(pinia).language).catch(() => undefined);
  app.use(router);
  await breathe();
  app.mount("#app");
}

void start();
