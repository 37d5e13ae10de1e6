/** Cash flows, movements and the account's past of the invented account. */

import { DAY, HOSTILE, iso, round } from "./fixture-basics.mjs";
import { rateAt } from "./fixture-rates.mjs";

export function makeFlows(now) {
  const flow = (id, days, amount, extra = {}) => ({
    id, timestamp: iso(Math.floor((now - days * DAY) / 60_000) * 60_000), amount_usd: amount, type: amount < 0 ? "WITHDRAW" : "DEPOSIT",
    asset: null, quantity: null, price_usd: null, source: "manual", note: null, valuation_method: "exact",
    kind: null, flow_class: "external", imported_amount_usd: null, linked_id: null, parts: [], parts_apply: false, ...extra,
  });
  return [
    flow(1, 401, 20_000, { note: "opening", valuation_method: "pre_tracking" }),
    flow(2, 190.3, 15_000),
    flow(3, 71.6, 9_214.44, { asset: "BTC", quantity: 0.1, price_usd: 92_144.4, source: "exchange", kind: "deposit" }),
    flow(4, 30.2, -2_500, { note: `rent ${HOSTILE}` }),
    flow(5, 4.1, 1_000),
  ];
}

/** What follows from the rest of a flow: what it counts for, and from when on. */
const told = (scene) => (flow) => ({ rates: ratesOf(scene, flow), counted_usd: flow.linked_id === null && flow.flow_class === "external" ? flow.amount_usd : null, counted_at: flow.timestamp, ...flow });

function ratesOf(scene, flow) {
  const at = Date.parse(flow.timestamp);
  return scene.index.length < 2 ? { EUR: null, BTC: null } : { EUR: rateAt(scene, "EUR", at), BTC: rateAt(scene, "BTC", at) };
}

export function makeFlowList(scene) {
  const cashflows = scene.flows.map(told(scene)).sort((a, b) => a.timestamp.localeCompare(b.timestamp));
  const sum = (test) => round(cashflows.filter(test).reduce((total, flow) => total + Math.abs(flow.amount_usd), 0), 2);
  return { cashflows, count: cashflows.length, total_deposits: sum((flow) => flow.amount_usd > 0), total_withdrawals: sum((flow) => flow.amount_usd < 0) };
}

const TYPED_TWIN = 90;

/** The flows with the imported one typed in a second time, minutes later and a little off. */
export function withTwin(flows) {
  const imported = flows.find((flow) => flow.source === "exchange");
  const timestamp = iso(Date.parse(imported.timestamp) + 420_000);
  return [...flows, { ...imported, id: TYPED_TWIN, source: "manual", kind: null, timestamp, amount_usd: round(imported.amount_usd * 0.998, 2), note: "from my cold wallet" }];
}

/** A typed flow and an imported one that look like the same money. */
export function makeTwins(scene) {
  const manual = scene.flows.find((flow) => flow.id === TYPED_TWIN && flow.linked_id === null);
  const imported = scene.flows.find((flow) => flow.source === "exchange");
  if (!manual || !imported) return { twins: [], count: 0 };
  return { twins: [{ manual: told(scene)(manual), imported: told(scene)(imported), apart_seconds: 420, difference_percent: 0.2 }], count: 1 };
}

export function makeSuggestions(scene) {
  const known = scene.suggestions ?? [];
  return { suggestions: known, count: known.length };
}

export function makeJump(now) {
  return { id: 41, after: iso(now - 26.5 * 3_600_000), until: iso(now - 26 * 3_600_000), amount_usd: 812.4, asset: "SOL", quantity: 5.75 };
}

const SOURCES = [
  ["deposit", 2, 1], ["withdrawal", 2, 1], ["fiat_deposit", 2, 1], ["c2c", 0.5, 1], ["trade", 2, 0.62], ["dividend", 2, 1], ["transfer", 0.5, 1],
];

/** How far the account's past has been read. */
export function makeReading(scene) {
  const now = Date.now();
  const reading = scene.importing === true;
  const sources = scene.readAt === null ? [] : SOURCES.map(([name, years, progress]) => ({
    name, progress: reading ? progress : 1, done: !reading || progress === 1, reach: iso(now - years * 365 * DAY), read_until: iso(now - 600_000), covered_since: reading && progress < 1 ? iso(now - progress * years * 365 * DAY) : null,
    error: reading && name === "transfer" ? "Binance did not answer this question (-1000)." : null,
  }));
  return { sources, percent: sources.length === 0 ? 0 : reading ? 78.4 : 100, seconds_left: reading ? 640 : null };
}

export function makeReconciliation(scene) {
  if (scene.readAt === null || scene.empty) return null;
  const wallets = [["spot", 52_310.11, 52_309.87], ["funding", 1_000, 1_000], ["earn_flexible", 12_410.2, 12_411.05]];
  return {
    timestamp: iso(scene.readAt - 600_000), ours_usd: 65_720.31, theirs_usd: 65_720.92, limit_usd: 328.6, is_flagged: false, unpriced: scene.unpriced ? ["OLDCOIN"] : [],
    wallets: wallets.map(([wallet, ours_usd, theirs_usd]) => ({ wallet, ours_usd, theirs_usd, is_over: false })),
  };
}

const KINDS = [
  ["deposit", "BTC", 0.1, "spot", "external"], ["withdrawal", "USDT", -500, "spot", "external"], ["withdrawal_fee", "USDT", -1, "spot", "performance"],
  ["trade", "ETH", 0.4, "spot", "internal"], ["trade", "USDT", -1_248.04, "spot", "internal"], ["earn_reward", "BTC", 0.00000412, "earn_flexible", "performance"],
  ["transfer", "USDT", -1_000, "spot", "internal"], ["transfer", "USDT", 1_000, "funding", "internal"],
];

export function makeMovements(now) {
  return Array.from({ length: 120 }, (_, place) => {
    const [kind, asset, quantity, wallet, flow_class] = KINDS[place % KINDS.length];
    return {
      id: String(1000 - place), timestamp: iso(now - (place + 1) * 2.7 * DAY), kind, asset, quantity, wallet, flow_class, imported_class: flow_class,
      exchange_id: `${kind}-${1000 - place}`, note: place === 0 ? HOSTILE : null, source: place % 40 === 39 ? "statement" : "api",
    };
  });
}

/** One page of movements; the cursor is the place of the next one. */
export function makeLedger(scene, query) {
  const wanted = (name, value) => !query.get(name) || query.get(name) === value;
  const all = scene.movements.filter((each) => wanted("kind", each.kind) && wanted("asset", each.asset) && wanted("wallet", each.wallet));
  const from = Number(query.get("cursor") ?? 0);
  const limit = Number(query.get("limit") ?? 50);
  return { movements: all.slice(from, from + limit), next_cursor: from + limit < all.length ? String(from + limit) : null };
}
