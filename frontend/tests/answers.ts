/** Whole answers of the API for tests, each with the parts that matter changed. */

import type { Balances, CashFlow, MeasuredWindows, PnlWindow, Stats, Status, TwrWindow } from "@/api/types";

export const READ_AT = "2026-01-05T10:00:30Z";

export function balances(change: Partial<Balances> = {}): Balances {
  return {
    total_value_usd: 48211.07, timestamp: READ_AT, count: 1, unpriced: [], revision: 5, state: "live", state_message: "", age_seconds: 12,
    rates: { EUR: 1.0825, BTC: 96422.14 },
    balances: [{ asset: "BTC", balance: 0.5, usd_value: 48211.07, percentage: 100, price_usd: 96422.14, price_status: "live", wallets: { spot: 0.5 }, change_24h_percent: 1.5 }],
    ...change,
  };
}

export function status(change: Partial<Status> = {}): Status {
  return {
    version: "0.1.0", now: READ_AT,
    exchange: { state: "live", state_message: "", state_since: null, last_success: READ_AT, last_attempt: READ_AT, age_seconds: 0, last_error: null, banned_until: null, retry_at: null },
    key: { configured: true, can_read: true, can_trade: false, can_withdraw: false, ip_restricted: true },
    database: { backend: "sqlite", version: "3", size_bytes: 1 },
    loops: [
      { name: "balances", running: true, heartbeat_age_seconds: 1, interval_seconds: 30, failures: 0 },
      { name: "snapshots", running: true, heartbeat_age_seconds: 1, interval_seconds: 3600, failures: 0 },
    ],
    is_writer: true, revision: 5, history_revision: 2, open_streams: 1,
    setup: { has_credentials: true, testnet: false, demo: false, demo_note: null, steps: [] }, warnings: [],
    history: { sources: [], percent: 100, seconds_left: 0 }, reconciliation: null, suggestions: 0,
    ...change,
  };
}

export function twr(days: number, change: Partial<TwrWindow> = {}): TwrWindow {
  return {
    period_days: days, actual_days: days, twr: 0.1, twr_percent: 10, twr_annualized: null, twr_annualized_percent: null, annualization: "none",
    start_date: "2025-12-06T10:00:00Z", end_date: "2026-01-05T10:00:00Z", start_value: 1, end_value: 2, is_partial: false, flow_count: 0,
    approximate_flows: 0, segments: 1, gap_days: 0, base_offset_seconds: 0, flags: [], reason: null, ...change,
  };
}

export function pnl(days: number, change: Partial<PnlWindow> = {}): PnlWindow {
  return {
    pnl_usd: 100, pnl_percent: 1, pnl_percent_base: "average_capital", invested_capital: 1, initial_value: 1, current_value: 48_000, total_deposits: 0,
    total_withdrawals: 0, net_cash_flow: 0, period_days: days, actual_days: days, period_start: null, period_end: "2026-01-05T10:00:00Z", reason: null, ...change,
  };
}

export function stats(): Stats {
  return {
    tracking_days: 90, total_snapshots: 2161, total_cashflows: 0, total_deposits_usd: 0, total_withdrawals_usd: 0,
    first_snapshot_date: null, last_snapshot_date: null, latest_snapshot_id: null,
    history_start: null, coverage: null, assumed_openings: {}, assumed_departures: 0,
  };
}

export function windows(days: number[], currency?: "EUR" | "BTC"): MeasuredWindows {
  const own = currency === undefined ? {} : { currency };
  return { windows: days.map((each) => ({ days: each, twr: twr(each, own), pnl: pnl(each, currency === undefined ? {} : { currency, pnl: 90 }) })), stats: stats() };
}

/** As the server answers it: what counts follows from the class and the link, unless `change` says otherwise. */
export function flow(change: Partial<CashFlow> = {}): CashFlow {
  const whole: CashFlow = {
    id: 1, timestamp: READ_AT, amount_usd: 1000, type: "DEPOSIT", asset: null, quantity: null, price_usd: null, source: "manual",
    note: null, valuation_method: "exact", kind: null, flow_class: "external", imported_amount_usd: null, linked_id: null,
    counted_usd: null, parts: [], parts_apply: true, rates: { EUR: null, BTC: null }, counted_at: change.timestamp ?? READ_AT, ...change,
  };
  const isCounted = whole.flow_class === "external" && whole.linked_id === null;
  return { ...whole, counted_usd: change.counted_usd ?? (isCounted ? whole.amount_usd : null) };
}
