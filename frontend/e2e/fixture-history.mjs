/** Returns, profit and series of the invented account: everything that is derived from its index and its flows. */

import { DAY, HOUR, iso, round } from "./fixture-basics.mjs";
import { makeBalances } from "./fixture-data.mjs";
import { liveFrom, rateAt } from "./fixture-rates.mjs";

const START_USD = 70_000;
/** What lies before this many days was rebuilt from the exchange's memory, not watched. */
const GAP_MS = 3 * HOUR;

const lastDays = (days) => ({ days });

/** The first and last stored point of a window, `{days}` or `{from, to}`. */
function bounds(index, { days, from, to }) {
  if (from !== undefined) {
    const inside = index.filter((point) => point.at >= from && point.at <= to);
    return { start: inside[0], end: inside.at(-1), partial: index[0].at > from };
  }
  const end = index.at(-1);
  const found = days === 0 ? index[0] : index.findLast((point) => point.at <= end.at - days * DAY);
  return { start: found ?? index[0], partial: days !== 0 && !found, end };
}

function unknownTwr(days) {
  return {
    period_days: days, actual_days: 0, twr: null, twr_percent: null, twr_annualized: null, twr_annualized_percent: null,
    annualization: "none", start_date: null, end_date: null, start_value: null, end_value: null, is_partial: true,
    flow_count: 0, approximate_flows: 0, segments: 0, gap_days: 0, base_offset_seconds: 0, flags: [], reason: "insufficient_data",
  };
}

/** A profit that needs a rate which nobody has. */
const UNRATED = { pnl: null, pnl_percent: null, pnl_percent_base: null, invested_capital: null, total_deposits: null, total_withdrawals: null, net_cash_flow: null, reason: "rate_unknown" };

/** A window of `makeTwr` and `makePnl` in the asked currency; without one it is as it was. */
function inCurrency(scene, currency, twr, pnl) {
  if (!currency) return { twr, pnl };
  const [start, end] = [twr.start_date, twr.end_date].map((when) => (when === null ? null : rateAt(scene, currency, Date.parse(when))));
  const [told, reason] = [{ currency }, "rate_unknown"];
  if (twr.twr === null) return { twr: { ...twr, ...told }, pnl: { ...pnl, ...told, pnl: null } };
  if (start === null || end === null) {
    const noTwr = { twr: null, twr_percent: null, twr_annualized: null, twr_annualized_percent: null, annualization: "none" };
    return {
      twr: { ...twr, ...told, ...noTwr, start_value: start && twr.start_value / start, end_value: end && twr.end_value / end, reason },
      pnl: { ...pnl, ...told, ...UNRATED, initial_value: start && pnl.initial_value / start, current_value: end && pnl.current_value / end },
    };
  }
  const grown = (1 + twr.twr) * (start / end) - 1;
  const [initial, current] = [pnl.initial_value / start, pnl.current_value / end];
  const moved = countedWithin(scene, twr).map((flow) => flow.amount_usd / rateAt(scene, currency, Date.parse(flow.timestamp)));
  const sum = (test) => moved.filter(test).reduce((total, amount) => total + Math.abs(amount), 0);
  const [paid, taken] = [sum((amount) => amount > 0), sum((amount) => amount < 0)];
  const gain = current - initial - paid + taken;
  return {
    twr: { ...twr, ...told, twr: grown, twr_percent: grown * 100, start_value: twr.start_value / start, end_value: twr.end_value / end, twr_annualized: null, twr_annualized_percent: null, annualization: "none" },
    pnl: {
      ...pnl, ...told, pnl: gain, pnl_percent: (100 * gain) / (51_000 / start), invested_capital: 51_000 / start, initial_value: initial, current_value: current,
      total_deposits: paid, total_withdrawals: taken, net_cash_flow: paid - taken,
    },
  };
}

export function makeMeasures(scene, window, currency) {
  return inCurrency(scene, currency, makeTwr(scene, window), makePnl(scene, window));
}

export function makeTwr(scene, window) {
  const unknown = unknownTwr(window.days ?? 0);
  if (scene.index.length < 2) return unknown;
  const { start, end, partial } = bounds(scene.index, window);
  if (!start || !end || start === end) return unknown;
  const twr = end.level / start.level - 1;
  const actual = (end.at - start.at) / DAY;
  const yearly = (1 + twr) ** (365 / actual) - 1;
  const annualization = actual >= 365 ? "achieved" : actual >= 7 && yearly < 10 ? "extrapolated" : "none";
  const flows = flowsWithin(scene, start.at, end.at);
  return {
    ...unknown, period_days: window.days ?? Math.round(actual), actual_days: round(actual, 4), twr: round(twr, 10), twr_percent: round(twr * 100, 8), annualization,
    twr_annualized: annualization === "none" ? null : round(yearly, 8),
    twr_annualized_percent: annualization === "none" ? null : round(yearly * 100, 6),
    start_date: iso(start.at), end_date: iso(end.at), start_value: round(START_USD * start.level, 2), end_value: round(START_USD * end.level, 2),
    is_partial: partial, flow_count: flows.length, approximate_flows: window.days === 90 ? 1 : 0, segments: flows.length + 1,
    flags: window.days === 90 ? ["long_interval"] : [], reason: null,
  };
}

function flowsWithin(scene, from, to) {
  return scene.flows.filter((flow) => Date.parse(flow.timestamp) > from && Date.parse(flow.timestamp) <= to);
}

export function makeWorking(scene, window, currency) {
  const usd = makeTwr(scene, window);
  const [own, rate] = [makeMeasures(scene, window, currency).twr, rateAt(scene, currency ?? "USD", Date.parse(usd.end_date))];
  const isOwn = own.twr !== null && rate !== null;
  const twr = isOwn ? own : usd;
  const periods = twr.twr === null ? [] : makePeriods(scene, twr, isOwn ? rate : 1);
  const told = currency ? { currency: isOwn ? currency : "USD" } : {};
  return { ...told, period_days: twr.period_days, twr: twr.twr, periods, count: periods.length, total_periods: periods.length, next_cursor: null, reason: twr.reason };
}

function makePeriods(scene, twr, rate) {
  const flows = flowsWithin(scene, Date.parse(twr.start_date), Date.parse(twr.end_date));
  const cuts = [twr.start_date, ...flows.map((flow) => flow.timestamp).sort(), twr.end_date];
  const factor = (1 + twr.twr) ** (1 / (cuts.length - 1));
  return cuts.slice(1).map((end, place) => ({
    start: cuts[place], end, start_value: 50_000 / rate, flow: place === 0 ? 0 : 1_000 / rate, end_value: round(((place === 0 ? 50_000 : 51_000) * factor) / rate, 8),
    factor, method: "exact", flags: place === 1 ? ["long_interval"] : [],
  }));
}

function countedWithin(scene, twr) {
  const counted = scene.flows.filter((flow) => flow.linked_id === null && flow.flow_class === "external" && flow.valuation_method !== "pre_tracking");
  return counted.filter((flow) => flow.timestamp > twr.start_date && flow.timestamp <= twr.end_date);
}

export function makePnl(scene, window) {
  const twr = makeTwr(scene, window);
  const gain = twr.twr === null ? null : round(48_000 * twr.twr, 2);
  const current = gain === null ? null : round(makeBalances(scene).total_value_usd - 123.45, 2);
  const moved = gain === null ? [] : countedWithin(scene, twr);
  const sum = (test) => round(moved.filter(test).reduce((total, flow) => total + Math.abs(flow.amount_usd), 0), 2);
  const [paid, taken] = [sum((flow) => flow.amount_usd > 0), sum((flow) => flow.amount_usd < 0)];
  return {
    pnl_usd: gain, pnl_percent: gain === null ? null : round((100 * gain) / 51_000, 4), pnl_percent_base: gain === null ? null : "average_capital",
    invested_capital: gain === null ? null : 51_000, initial_value: gain === null ? null : round(current - gain - paid + taken, 2),
    current_value: current, total_deposits: paid, total_withdrawals: taken, net_cash_flow: round(paid - taken, 2), period_days: twr.period_days, actual_days: twr.actual_days,
    period_start: twr.start_date, period_end: twr.end_date, reason: twr.reason,
  };
}

/** The totals in the asked currency; null where the rate of one of the flows is not known. */
function ownTotals(scene, currency) {
  const own = scene.flows.map((flow) => ({ usd: flow.amount_usd, rate: rateAt(scene, currency, Date.parse(flow.timestamp)) }));
  const sum = (some) => (some.some(({ rate }) => rate === null) ? null : some.reduce((total, { usd, rate }) => total + Math.abs(usd) / rate, 0));
  const [paid, taken] = [sum(own.filter(({ usd }) => usd > 0)), sum(own.filter(({ usd }) => usd < 0))];
  return { currency, total_deposits: paid, total_withdrawals: taken, reason: paid === null || taken === null ? "rate_unknown" : null };
}

export function makeStats(scene, currency) {
  const { index } = scene;
  const sum = (test) => scene.flows.filter(test).reduce((total, flow) => total + Math.abs(flow.amount_usd), 0);
  const hasPast = index.length > 2;
  return {
    tracking_days: index.length > 1 ? round((index.at(-1).at - index[0].at) / DAY, 2) : 0, total_snapshots: index.length,
    total_cashflows: scene.flows.length, total_deposits_usd: sum((flow) => flow.amount_usd > 0),
    total_withdrawals_usd: sum((flow) => flow.amount_usd < 0),
    first_snapshot_date: index[0] ? iso(index[0].at) : null, last_snapshot_date: index.at(-1) ? iso(index.at(-1).at) : null,
    latest_snapshot_id: index.length || null,
    history_start: hasPast ? iso(index[0].at) : null, coverage: hasPast ? 0.9931 : null,
    assumed_openings: hasPast ? { LINK: 20 } : {}, assumed_departures: 0,
    ...(currency && ownTotals(scene, currency)),
  };
}

export function makeWindows(scene, list, currency, since) {
  const windows = list.map((days) => ({ days, ...makeMeasures(scene, lastDays(days), currency) }));
  const told = since ? { since: makeRange(scene, { from: Date.parse(since), to: Date.now() }, currency) } : {};
  return { windows, stats: makeStats(scene, currency), ...told };
}

export function makeRange(scene, window, currency) {
  const measures = makeMeasures(scene, window, currency);
  return { days: measures.twr.period_days, ...measures };
}

export function makeHistory(scene, days, mostPoints) {
  if (scene.index.length < 2) return [];
  const { start } = bounds(scene.index, { days });
  return thin(scene.index.filter((point) => point.at >= start.at), mostPoints)
    .map((point) => ({ x: iso(point.at), y: round((point.level / start.level - 1) * 100, 6) }));
}

function thin(points, most) {
  const step = most > 0 ? Math.max(1, Math.ceil(points.length / (most - 1))) : 1;
  return points.filter((_, place) => place % step === 0 || place === points.length - 1);
}

export function makeSeries(scene, window, mostPoints, currency) {
  const told = currency ? { currency, pnl: [] } : {};
  const nothing = { start: null, end: null, instants_ms: [], twr_percent: [], value_usd: [], pnl_usd: [], eur_usd: [], btc_usd: [], live_from: null, gap_ms: GAP_MS, gaps: [], total_points: 0, ...told };
  if (scene.index.length < 2) return nothing;
  const { start, end } = bounds(scene.index, window);
  if (!start || !end) return nothing;
  const live = liveFrom(scene);
  const all = scene.index.filter((point) => point.at >= start.at && point.at <= end.at);
  const shown = thin(all, mostPoints);
  const gaps = all.slice(1).flatMap((point, place) => (point.at - all[place].at > GAP_MS ? [[all[place].at, point.at]] : []));
  const rates = shown.map((point) => rateAt(scene, currency ?? "USD", point.at));
  const grown = (point, place) => (rates[0] === null || rates[place] === null ? null : (point.level / start.level) * (rates[0] / rates[place]));
  const gained = (point, place) => (grown(point, place) === null ? null : round((48_000 * (grown(point, place) - 1)) / rates[0], 8));
  if (currency) told.pnl = shown.map(gained);
  return {
    ...told,
    start: iso(start.at), end: iso(end.at), instants_ms: shown.map((point) => point.at),
    twr_percent: shown.map((point, place) => (grown(point, place) === null ? null : round((grown(point, place) - 1) * 100, 6))),
    value_usd: shown.map((point) => round(START_USD * point.level, 2)),
    pnl_usd: shown.map((point) => round(48_000 * (point.level / start.level - 1), 2)),
    eur_usd: shown.map((point) => rateAt(scene, "EUR", point.at)),
    btc_usd: shown.map((point) => rateAt(scene, "BTC", point.at)),
    live_from: iso(live), gap_ms: GAP_MS, gaps, total_points: all.length,
  };
}

/** A window after a change; in another currency its profit is not known while the rate of a flow in it is not. */
function moved({ twr, pnl }, signed, rate) {
  const grown = twr.twr === null ? {} : { twr: twr.twr - 0.001, twr_percent: twr.twr_percent - 0.1 };
  const gain = { pnl_usd: round(pnl.pnl_usd - signed, 2), ...("pnl" in pnl && pnl.pnl !== null && (rate === null ? UNRATED : { pnl: pnl.pnl - signed / rate })) };
  return { twr: { ...twr, ...grown }, pnl: { ...pnl, ...gain } };
}

/** What a change would do, without doing it: here every window of which it is part moves a little. */
export function makePreview(scene, body, currency) {
  const found = scene.flows.find((flow) => flow.id === body.id);
  const amount = body.amount_usd ?? (body.quantity ? body.quantity * 92_000 : Math.abs(found?.amount_usd ?? 0));
  const signed = (body.type ?? found?.type) === "WITHDRAW" ? -amount : amount;
  const at = Date.parse(body.timestamp ?? found?.timestamp ?? new Date().toISOString());
  // As the server: a flow that is not stored has no rate of its own yet.
  const rate = currency === "USD" || found ? rateAt(scene, currency ?? "USD", at) : null;
  const windows = [7, 30, 90, 0].map((days) => {
    const before = makeMeasures(scene, lastDays(days), currency);
    const inside = before.pnl.pnl_usd !== null && at > Date.parse(before.twr.start_date);
    return { days, before, after: inside ? moved(before, signed, rate) : before };
  });
  const isPending = currency !== undefined && rate === null && body.action !== "delete";
  return {
    amount_usd: body.action === "delete" ? null : signed, valuation_method: "exact",
    snapshots_changed: scene.index.filter((point) => point.at >= at).length, flags: isPending ? ["rates_pending"] : [], windows,
    ...(currency && { currency, amount: rate === null ? null : signed / rate, reason: rate === null ? "rate_unknown" : null }),
  };
}
