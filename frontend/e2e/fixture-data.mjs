/** Answers that look recorded, shaped by openapi.json. Seeded, so that two screenshots of one state are alike. */

import { DAY, HOSTILE, HOUR, iso, round } from "./fixture-basics.mjs";
import { makeReading, makeReconciliation, makeSuggestions } from "./fixture-ledger.mjs";

function random(seed) {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

/** A year of hourly index values, with a gap of three days. */
export function makeIndex(now) {
  const next = random(7);
  const points = [];
  const end = Math.floor(now / HOUR) * HOUR;
  let level = 1;
  for (let at = end - 400 * DAY; at <= end; at += HOUR) {
    const age = (end - at) / DAY;
    level *= 1 + (next() - 0.4955) * 0.011 + Math.sin(age / 21) * 0.00035;
    if (age < 58 && age > 55) continue;
    points.push({ at, level });
  }
  return points;
}

const HOLDINGS = [
  ["BTC", 0.512, 92_013.47, { spot: 0.4, earn_flexible: 0.112 }],
  ["ETH", 4.2051, 3_120.11, { spot: 2.2051, earn_locked: 2 }],
  ["SOL", 38.5, 141.22, { spot: 38.5 }],
  ["USDT", 4210.55, 1, { spot: 3210.55, funding: 1000 }],
  ["BNB", 3.125, 702.4, { spot: 0.125, earn_flexible: 3 }],
  ["LINK", 120, 14.031, { spot: 120 }],
  ["PEPE", 31_250_000, 0.00001234, { spot: 31_250_000 }],
  ["DOGE", 2.5, 0.1712, { spot: 2.5 }],
  ["VTHO", 12.0001, 0.0021, { spot: 12.0001 }],
];

export function makeBalances(scene) {
  const shake = 1 + 0.0007 * Math.sin(scene.revision);
  const priced = scene.empty ? [] : HOLDINGS.map(([asset, balance, price, wallets]) => {
    const price_usd = asset === "USDT" ? 1 : round(price * shake, 8);
    const change_24h_percent = asset === "USDT" ? 0 : asset === "VTHO" ? null : round(4 * Math.sin(price) + 0.3, 4);
    return { asset, balance, price_usd, usd_value: round(balance * price_usd, 8), price_status: "live", wallets, change_24h_percent };
  });
  const total = priced.reduce((sum, row) => sum + row.usd_value, 0);
  const balances = priced
    .map((row) => ({ ...row, percentage: round((100 * row.usd_value) / total, 4) }))
    .sort((a, b) => b.usd_value - a.usd_value);
  const unpriced = scene.empty || !scene.unpriced ? [] : ["OLDCOIN", HOSTILE];
  for (const asset of unpriced)
    balances.push({ asset, balance: 1000, price_usd: null, usd_value: null, price_status: "missing", percentage: 0, wallets: { spot: 1000 }, change_24h_percent: null });
  const known = scene.readAt !== null;
  return {
    total_value_usd: known ? round(total, 2) : 0,
    timestamp: known ? iso(scene.readAt) : null,
    count: known ? balances.length : 0,
    balances: known ? balances : [],
    unpriced: known ? unpriced : [],
    revision: scene.revision,
    state: scene.state,
    state_message: scene.message,
    age_seconds: known ? Math.max(0, Math.floor((Date.now() - scene.readAt) / 1000)) : null,
    rates: known && !scene.empty && !scene.noRates ? { EUR: 1.0864, BTC: round(92_013.47 * shake, 2) } : { EUR: null, BTC: null },
  };
}

export function makeStatus(scene) {
  const at = Date.now();
  const readAt = scene.readAt === null ? null : iso(scene.readAt);
  return {
    version: "0.1.0",
    now: new Date(at).toISOString(),
    exchange: {
      state: scene.state, state_message: scene.message, state_since: iso(at - 60_000), last_success: readAt, last_attempt: iso(at),
      age_seconds: scene.readAt === null ? null : Math.floor((at - scene.readAt) / 1000),
      last_error: null, banned_until: scene.bannedUntil === null ? null : iso(scene.bannedUntil), retry_at: scene.retryAt === null ? null : iso(scene.retryAt),
    },
    key: { configured: scene.state !== "no_key", can_read: true, can_trade: false, can_withdraw: false, ip_restricted: true },
    database: { backend: "sqlite", version: "3.45.0", size_bytes: 1_048_576 },
    loops: [
      { name: "balances", running: true, heartbeat_age_seconds: 1, interval_seconds: 30, failures: 0 },
      { name: "snapshots", running: true, heartbeat_age_seconds: 1, interval_seconds: 3600, failures: 0 },
      { name: "history", running: true, heartbeat_age_seconds: 1, interval_seconds: 5, failures: 0 },
    ],
    is_writer: true, revision: scene.revision, history_revision: scene.historyRevision, open_streams: 1,
    setup: {
      has_credentials: scene.state !== "no_key", testnet: false, demo: scene.demo,
      demo_note: scene.demo ? "Demo: an invented account on recorded prices. None of this is real money." : null, steps: [],
    },
    history: makeReading(scene), reconciliation: makeReconciliation(scene), suggestions: makeSuggestions(scene).count,
    warnings: scene.warnings,
  };
}
