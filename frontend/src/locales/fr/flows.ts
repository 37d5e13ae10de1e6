import type { Messages } from "@/locales/en";

export const flows: Messages["flows"] = {};
