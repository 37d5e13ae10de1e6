export interface BalanceRow {
  asset: string;
  balance: number;
  usd_value: number | null;
  percentage: number;
  price_usd: number | null;
  price_status: string;
  wallets: Record<string, number>;
}
export interface Balances {
  total_value_usd: number;
  timestamp: string | null;
  count: number;
  balances: BalanceRow[];
  state: string;
  state_message?: string | null;
  age_seconds: number | null;
  unpriced: string[];
  revision: number;
}
export interface TwrWindow {
  period_days: number;
  actual_days: number;
  twr: number | null;
  twr_percent: number | null;
  twr_annualized: number | null;
  twr_annualized_percent: number | null;
  annualization: string;
  start_date: string | null;
  end_date: string | null;
  start_value: number | null;
  end_value: number | null;
  is_partial: boolean;
  flow_count: number;
  approximate_flows: number;
  segments: number;
  gap_days: number;
  flags: string[];
  reason: string | null;
}
export interface PnlWindow {
  pnl_usd: number | null;
  pnl_percent: number | null;
  pnl_percent_base: string | null;
  invested_capital: number | null;
  initial_value: number | null;
  current_value: number | null;
  total_deposits: number;
  total_withdrawals: number;
  net_cash_flow: number;
  period_days: number;
  actual_days: number;
  period_start: string | null;
  period_end: string | null;
  reason: string | null;
}
export interface Stats {
  tracking_days: number;
  total_snapshots: number;
  total_cashflows: number;
  total_deposits_usd: number;
  total_withdrawals_usd: number;
  first_snapshot_date: string | null;
  last_snapshot_date: string | null;
  latest_snapshot_id: number | null;
}
export interface HistoryPoint {
  x: string;
  y: number;
}
export interface CashFlow {
  id: number;
  timestamp: string;
  amount_usd: number;
  type: string;
  asset: string | null;
  quantity: number | null;
  price_usd: number | null;
  source: string;
  note: string | null;
  valuation_method: string;
}
export interface CashFlowList {
  cashflows: CashFlow[];
  count: number;
  total_deposits: number;
  total_withdrawals: number;
}
export interface NewCashFlow {
  type: "DEPOSIT" | "WITHDRAW";
  amount_usd?: number;
  asset?: string;
  quantity?: number;
  timestamp?: string;
  note?: string;
}
export type CashFlowChange = Partial<NewCashFlow>;
