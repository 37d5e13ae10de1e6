/** Answers that look recorded, shaped by openapi.json. Seeded, so that two screenshots of one state are alike. */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function random(seed) {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

const iso = (ms) => new Date(ms).toISOString().replace(".000Z", "Z");
const round = (value, digits) => Number(value.toFixed(digits));

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

export const HOSTILE = "<img src=x onerror=alert(1)>";

export function makeBalances(scene) {
  const shake = 1 + 0.0007 * Math.sin(scene.revision);
  const priced = scene.empty ? [] : HOLDINGS.map(([asset, balance, price, wallets]) => {
    const price_usd = asset === "USDT" ? 1 : round(price * shake, 8);
    return { asset, balance, price_usd, usd_value: round(balance * price_usd, 8), price_status: "live", wallets };
  });
  const total = priced.reduce((sum, row) => sum + row.usd_value, 0);
  const balances = priced
    .map((row) => ({ ...row, percentage: round((100 * row.usd_value) / total, 4) }))
    .sort((a, b) => b.usd_value - a.usd_value);
  const unpriced = scene.empty || !scene.unpriced ? [] : ["OLDCOIN", HOSTILE];
  for (const asset of unpriced)
    balances.push({ asset, balance: 1000, price_usd: null, usd_value: null, price_status: "missing", percentage: 0, wallets: { spot: 1000 } });
  const known = scene.readAt !== null;
  return {
    total_value_usd: known ? round(total, 2) : 0,
    timestamp: known ? iso(scene.readAt) : null,
    count: known ? balances.length : 0,
    balances: known ? balances : [],
    unpriced: known ? unpriced : [], rates: known ? { EUR: 1.0825, BTC: 92_000 } : { EUR: null, BTC: null },
    revision: scene.revision,
    state: scene.state,
    state_message: scene.message,
    age_seconds: known ? Math.max(0, Math.floor((Date.now() - scene.readAt) / 1000)) : null,
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
      last_error: null, banned_until: scene.bannedUntil === null ? null : iso(scene.bannedUntil),
    },
    key: { configured: scene.state !== "no_key", can_read: true, can_trade: false, can_withdraw: false, ip_restricted: true },
    database: { backend: "sqlite", version: "3.45.0", size_bytes: 1_048_576 },
    loops: [
      { name: "balance", running: true, heartbeat_age_seconds: 1, interval_seconds: 30, failures: 0 },
      { name: "snapshot", running: true, heartbeat_age_seconds: 1, interval_seconds: 3600, failures: 0 },
    ],
    is_writer: true, revision: scene.revision, history_revision: scene.historyRevision, open_streams: 1,
    setup: {
      has_credentials: scene.state !== "no_key", testnet: false, demo: scene.demo,
      demo_note: scene.demo ? "Demo: an invented account on recorded prices. None of this is real money." : null, steps: [],
    },
    warnings: scene.warnings,
  };
}

function base(index, days) {
  const end = index.at(-1);
  const target = end.at - days * DAY;
  const found = days === 0 ? index[0] : index.findLast((point) => point.at <= target);
  return { start: found ?? index[0], partial: days !== 0 && !found, end };
}

export function makeTwr(scene, days) {
  const unknown = {
    period_days: days, actual_days: 0, twr: null, twr_percent: null, twr_annualized: null, twr_annualized_percent: null,
    annualization: "none", start_date: null, end_date: null, start_value: null, end_value: null, is_partial: true,
    flow_count: 0, approximate_flows: 0, segments: 0, gap_days: 0, base_offset_seconds: 0, flags: [], reason: "insufficient_data",
  };
  if (scene.index.length < 2) return unknown;
  const { start, end, partial } = base(scene.index, days);
  const twr = end.level / start.level - 1;
  const actual = (end.at - start.at) / DAY;
  const yearly = (1 + twr) ** (365 / actual) - 1;
  const annualization = actual >= 365 ? "achieved" : actual >= 7 && yearly < 10 ? "extrapolated" : "none";
  const flows = scene.flows.filter((flow) => Date.parse(flow.timestamp) > start.at);
  return {
    ...unknown, actual_days: round(actual, 4), twr: round(twr, 10), twr_percent: round(twr * 100, 8), annualization,
    twr_annualized: annualization === "none" ? null : round(yearly, 8),
    twr_annualized_percent: annualization === "none" ? null : round(yearly * 100, 6),
    start_date: iso(start.at), end_date: iso(end.at), start_value: round(70_000 * start.level, 2), end_value: round(70_000 * end.level, 2),
    is_partial: partial, flow_count: flows.length, approximate_flows: days === 90 ? 1 : 0, segments: flows.length + 1,
    flags: days === 90 ? ["long_interval"] : [], reason: null,
  };
}

export function makeWorking(scene, days) {
  const twr = makeTwr(scene, days);
  const cuts = [twr.start_date, ...scene.flows.map((flow) => flow.timestamp).filter((at) => at > twr.start_date), twr.end_date];
  const total = 1 + (twr.twr ?? 0);
  const count = cuts.length - 1;
  const periods = cuts.slice(1).map((end, place) => ({
    start: cuts[place], end, start_value: 50_000, flow: place === 0 ? 0 : 1_000, end_value: round((place === 0 ? 50_000 : 51_000) * total ** (1 / count), 2),
    factor: total ** (1 / count), method: "exact", flags: place === 1 ? ["long_interval"] : [],
  }));
  return { period_days: days, twr: twr.twr, periods, count, total_periods: count, next_cursor: null, reason: null };
}

export function makePnl(scene, days) {
  const twr = makeTwr(scene, days);
  const gain = twr.twr === null ? null : round(48_000 * twr.twr, 2);
  return {
    pnl_usd: gain, pnl_percent: gain === null ? null : round((100 * gain) / 51_000, 4), pnl_percent_base: gain === null ? null : "average_capital",
    invested_capital: gain === null ? null : 51_000, initial_value: twr.start_value,
    current_value: gain === null ? null : round(makeBalances(scene).total_value_usd - 123.45, 2),
    total_deposits: 0, total_withdrawals: 0, net_cash_flow: 0, period_days: days, actual_days: twr.actual_days,
    period_start: twr.start_date, period_end: twr.end_date, reason: twr.reason,
  };
}

export function makeHistory(scene, days, mostPoints) {
  if (scene.index.length < 2) return [];
  const { start } = base(scene.index, days);
  const points = scene.index.filter((point) => point.at >= start.at);
  const step = mostPoints > 0 ? Math.max(1, Math.ceil(points.length / mostPoints)) : 1;
  return points
    .filter((_, place) => place % step === 0 || place === points.length - 1)
    .map((point) => ({ x: iso(point.at), y: round((point.level / start.level - 1) * 100, 6) }));
}

/** What a flow carries that the fixture never varies. */
export const PLAIN_FLOW = {
  asset: null, quantity: null, price_usd: null, source: "manual", note: null, valuation_method: "exact",
  kind: null, flow_class: "external", imported_amount_usd: null, linked_id: null,
};

export function makeFlows(now) {
  const flow = (id, days, amount, extra = {}) => {
    const timestamp = iso(Math.floor((now - days * DAY) / 60_000) * 60_000);
    return { id, timestamp, counted_at: timestamp, amount_usd: amount, type: amount < 0 ? "WITHDRAW" : "DEPOSIT", ...PLAIN_FLOW, ...extra };
  };
  return [
    flow(1, 401, 20_000, { note: "opening", valuation_method: "pre_tracking" }),
    flow(2, 190.3, 15_000),
    flow(3, 71.6, 9_214.44, { asset: "BTC", quantity: 0.1, price_usd: 92_144.4, source: "exchange" }),
    flow(4, 30.2, -2_500, { note: `rent ${HOSTILE}` }),
    flow(5, 4.1, 1_000),
  ];
}

export function makeStats(scene) {
  const { index } = scene;
  const sum = (test) => scene.flows.filter(test).reduce((total, flow) => total + Math.abs(flow.amount_usd), 0);
  return {
    tracking_days: index.length > 1 ? round((index.at(-1).at - index[0].at) / DAY, 2) : 0, total_snapshots: index.length,
    total_cashflows: scene.flows.length, total_deposits_usd: sum((flow) => flow.amount_usd > 0),
    total_withdrawals_usd: sum((flow) => flow.amount_usd < 0),
    first_snapshot_date: index[0] ? iso(index[0].at) : null, last_snapshot_date: index.at(-1) ? iso(index.at(-1).at) : null,
    latest_snapshot_id: index.length || null,
  };
}

export function makeFlowList(scene) {
  const stats = makeStats(scene);
  const cashflows = [...scene.flows].sort((a, b) => a.timestamp.localeCompare(b.timestamp));
  return { cashflows, count: cashflows.length, total_deposits: stats.total_deposits_usd, total_withdrawals: stats.total_withdrawals_usd };
}
