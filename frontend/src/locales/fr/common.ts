import type { Messages } from "@/locales/en";

export const common: Messages["common"] = {
  appName: "Gestion de portefeuille",
  productName: "Binance Portfolio Manager",
  skip: "Aller aux chiffres",
  hideAmounts: "masquer les montants",
  hideAmountsShort: "masquer",
  refresh: "actualiser",
  returnsUnread: "Les rendements n’ont pas pu être lus : {detail}",
  tether: "1 USDT est compté comme 1 USD",
  snapshotsKept: "{n} relevé en {days} | {n} relevés en {days}",
  days: "{text} jour | {text} jours",
};
