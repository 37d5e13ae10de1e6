import type { Messages } from "@/locales/en";

export const settings: Messages["settings"] = {};
