import type { Messages } from "@/locales/en";

export const dashboard: Messages["dashboard"] = {};
