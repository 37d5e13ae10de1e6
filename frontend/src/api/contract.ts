import type { CashFlow, CashFlowChange, PnlWindow, TwrWindow } from "./types";

export type { SuggestionOut as Suggestion, TwinOut as Twin } from "./generated";

export type PreviewRequest = { action: "add" | "edit" | "delete"; id?: number | null } & CashFlowChange;

export interface CashFlowPreview {
  amount_usd: number | null;
  valuation_method: string;
  snapshots_changed: number;
  flags: string[];
  windows: { days: number; before: { twr: TwrWindow; pnl: PnlWindow }; after: { twr: TwrWindow; pnl: PnlWindow } }[];
}

export interface Movement {
  id: string;
  timestamp: string;
  kind: string;
  asset: string;
  quantity: number;
  wallet: string;
  flow_class: string;
  imported_class: string;
  exchange_id: string | null;
  note: string | null;
  source: string;
}

export interface LedgerPage {
  movements: Movement[];
  next_cursor: string | null;
}

export type LedgerQuery = Partial<Record<"kind" | "asset" | "wallet" | "start_date" | "end_date" | "cursor", string>> & { limit?: number };

export interface MovementChange {
  flow_class?: "external" | "internal" | "performance" | null;
  note?: string | null;
}

export interface SplitPart {
  amount_usd?: number;
  quantity?: number;
  flow_class: CashFlow["flow_class"];
  note?: string;
}
