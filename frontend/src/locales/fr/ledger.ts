import type { Messages } from "@/locales/en";

export const ledger: Messages["ledger"] = {};
