/** The generated types under the names the page uses. Nothing is described a second time here. */
export type {
  BalanceOut as BalanceRow,
  BalancesOut as Balances,
  CashFlowIn as NewCashFlow,
  CashFlowOut as CashFlow,
  CashFlowPartOut as CashFlowPart,
  CashFlowPatch as CashFlowChange,
  CashFlowsOut as CashFlowList,
  ExplainOut as Working,
  LedgerOut as LedgerPage,
  LoopOut as Loop,
  MovementOut as Movement,
  MovementPatch as MovementChange,
  PeriodOut as SubPeriod,
  PnlOut as PnlWindow,
  PreviewIn as PreviewRequest,
  PreviewOut as Preview,
  SeriesOut as Series,
  SplitPartIn as SplitPart,
  StatsOut as Stats,
  StatusOut as Status,
  SuggestionOut as Suggestion,
  TwinOut as Twin,
  TwrOut as TwrWindow,
  WindowOut as MeasuredWindow,
  WindowsOut as MeasuredWindows,
} from "./generated";

import type { ListMovementsData } from "./generated";

export type LedgerQuery = NonNullable<ListMovementsData["query"]>;
