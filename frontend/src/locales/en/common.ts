/** Words that several areas share. */
export const common = {
  appName: "Portfolio Manager",
  productName: "Binance Portfolio Manager",
  skip: "Skip to the figures",
  hideAmounts: "hide amounts",
  hideAmountsShort: "hide",
  refresh: "refresh",
  returnsUnread: "Returns could not be read: {detail}",
  tether: "1 USDT is counted as 1 USD",
  snapshotsKept: "{n} snapshot in {days} | {n} snapshots in {days}",
  days: "{text} day | {text} days",
};
