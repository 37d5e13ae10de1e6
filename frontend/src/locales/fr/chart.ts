import type { Messages } from "@/locales/en";

export const chart: Messages["chart"] = {};
