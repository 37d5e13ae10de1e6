/** Every state the page can be in, and what it must say there. */

import { makeIndex } from "./fixture-data.mjs";
import { makeFlows, makeJump, makeMovements, withTwin } from "./fixture-ledger.mjs";

/**
 * What differs from a healthy account. `expect` is the state the page must come to; `says` are words that must stand on
 * it: what is the matter, and what to do about it. States that need more than an answer (a lost network) are in the tests.
 */
export const SCENES = {
  live: { caption: "Live", says: [/balances and prices are current/i] },
  unpriced: { caption: "A coin without a price", unpriced: true, says: [/no price/i, /OLDCOIN/] },
  connecting: { caption: "Connecting, nothing read yet", readAt: null, index: [], flows: [], expect: "connecting", says: [/waiting for the first complete reading/i, /few seconds/i] },
  stale: { caption: "Stale, with its age", state: "stale", readAgo: 1_260, says: [/last complete reading/i, /2\d min \d+ s ago/, /tries again by itself/i] },
  partial: { caption: "Partial: a wallet did not answer", state: "partial", message: "The funding wallet did not answer.", readAgo: 95, says: [/the funding wallet did not answer/i, /nothing false was stored/i] },
  limited: { caption: "Limited by the exchange", state: "limited", message: "Binance asked us to slow down (429).", readAgo: 70, retryIn: 45, says: [/fewer requests/i, /ends in (4\d|3\d) s/, /resume by themselves/i] },
  banned: { caption: "Banned, with a countdown", state: "banned", message: "Binance banned this address (418).", readAgo: 400, bannedIn: 754, retryIn: 754, says: [/banned this IP address/i, /ends in 12 min \d+ s/, /stop other programs/i] },
  key_refused: {
    caption: "Key refused", state: "key_refused", message: "Binance refused the key: invalid key, address or permissions (-2015).", readAgo: 600,
    says: [/does not accept the API key/i, /API Management/i, /BINANCE_API_SECRET/],
  },
  clock_off: { caption: "Clock off", state: "clock_off", message: "The server's clock is 4.2 s ahead of Binance.", readAgo: 120, says: [/4\.2 s ahead/, /time synchronisation/i] },
  down: { caption: "No connection to the exchange", state: "down", message: "No answer from api.binance.com within 10 s.", readAgo: 300, says: [/could not be reached/i, /check the server's network/i] },
  no_key: { caption: "First run, no key", state: "no_key", readAt: null, index: [], flows: [], says: [/read-only key/i, /Enable Reading/, /do not tick:\s*Enable Withdrawals/i, /dashboard-crypto demo/] },
  empty: { caption: "An empty account", empty: true, index: [], flows: [], says: [/\$0\.00/, /nothing|empty|no coins|no holdings/i] },
  young: { caption: "Not enough history yet", index: "one", flows: [], says: [/needs? two|two (complete )?snapshots/i] },
  warned: { caption: "A warning", warnings: ["The key may trade. Turn off trading for this key on Binance."], says: [/turn off trading for this key/i] },
  importing: { caption: "The past is being read, a jump and a twin wait for an answer", importing: true, jump: true, twins: true, says: [] },
};

export function makeScene(name) {
  const now = Date.now();
  const { readAgo = 4, bannedIn = null, retryIn = null, index, jump = false, ...rest } = SCENES[name];
  const full = makeIndex(now);
  return {
    name, state: "live", message: "", readAt: now - readAgo * 1000, bannedUntil: bannedIn === null ? null : now + bannedIn * 1000,
    retryAt: retryIn === null ? null : now + retryIn * 1000,
    flows: rest.twins ? withTwin(makeFlows(now)) : makeFlows(now), movements: makeMovements(now), suggestions: jump ? [makeJump(now)] : [], twins: false, importing: false,
    revision: 1841, historyRevision: 12, demo: true, empty: false, unpriced: false, warnings: [], expect: rest.state ?? "live", ...rest,
    index: index === "one" ? full.slice(-1) : (index ?? full),
  };
}
