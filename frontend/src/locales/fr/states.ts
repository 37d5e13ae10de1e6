import type { Messages } from "@/locales/en";

export const states: Messages["states"] = {};
