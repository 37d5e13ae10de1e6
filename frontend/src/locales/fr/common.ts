import type { Messages } from "@/locales/en";

export const common: Messages["common"] = {
  appName: "Gestion de portefeuille",
  appShort: "Portefeuille",
  productName: "Binance Portfolio Manager",
  skip: "Aller aux chiffres",
  hideAmounts: "masquer les montants",
  hideAmountsShort: "masquer",
  refresh: "actualiser",
  menu: "commandes",
  settings: "réglages",
  close: "fermer",
  cancel: "annuler",
  returnsUnread: "Les rendements n’ont pas pu être lus : {detail}",
  tether: "1 USDT est compté comme 1 USD",
  snapshotsKept: "{n} relevé en {days} | {n} relevés en {days}",
  demoNote: "Démonstration : un compte simulé. Rien de tout cela n’est de l’argent réel.",
  apiDocs: "API",
  notKnown: "inconnu",
  notReadYet: "pas encore lu",
  days: "{text} jour | {text} jours",
  age: {
    seconds: "{s} s",
    minutes: "{m} min {s} s",
    hours: "{h} h {m} min",
    days: "{d} jour {h} h | {d} jours {h} h",
  },
};
