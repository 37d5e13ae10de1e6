/** The generated types under the names the page uses. Nothing is described a second time here. */
export type {
  BalanceOut as BalanceRow,
  BalancesOut as Balances,
  CashFlowIn as NewCashFlow,
  CashFlowOut as CashFlow,
  CashFlowPatch as CashFlowChange,
  CashFlowsOut as CashFlowList,
  ExplainOut as Working,
  PeriodOut as SubPeriod,
  PnlOut as PnlWindow,
  SeriesOut as SeriesAnswer,
  StatsOut as Stats,
  StatusOut as Status,
  TwrOut as TwrWindow,
} from "./generated";
