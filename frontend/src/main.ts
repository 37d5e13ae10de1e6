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

const pinia = createPinia();
const app = createApp(App).use(pinia).use(router).use(i18n);

function show(): void {
  app.mount("#app");
}

// The first words are already in the reader's language; without its file they are English.
speak(usePreferences(pinia).language).then(breathe, breathe).then(show);
