import axios from "axios";
import type { StatusView } from "./status";
import type { Balances, CashFlow, CashFlowChange, CashFlowList, HistoryPoint, NewCashFlow, PnlWindow, Stats, TwrWindow } from "./types";

const http = axios.create({ timeout: 20000 });

export interface PerformanceWindow {
  twr: TwrWindow;
  pnl: PnlWindow;
}
export async function readBalances(): Promise<Balances> {
  return (await http.get<Balances>("/api/portfolio/balances")).data;
}
export async function askRefresh(): Promise<string> {
  return (await http.post<{ message: string }>("/api/portfolio/refresh", {})).data.message;
}
export async function readWindow(days: number): Promise<PerformanceWindow> {
  const [twr, pnl] = await Promise.all([
    http.get<TwrWindow>(`/api/performance/twr/${String(days)}`),
    http.get<PnlWindow>(`/api/performance/pnl/${String(days)}`),
  ]);
  return { twr: twr.data, pnl: pnl.data };
}
export async function readStats(): Promise<Stats> {
  return (await http.get<Stats>("/api/performance/stats")).data;
}
export async function readHistory(days: number): Promise<HistoryPoint[]> {
  return (await http.get<HistoryPoint[]>("/api/performance/twr-history", { params: { days } })).data;
}
export async function readCashFlows(): Promise<CashFlowList> {
  return (await http.get<CashFlowList>("/api/performance/cashflows")).data;
}
export async function addCashFlow(flow: NewCashFlow, key: string): Promise<CashFlow> {
  return (await http.post<{ cashflow: CashFlow }>("/api/performance/cashflows", flow, { headers: { "Idempotency-Key": key } })).data.cashflow;
}
export async function editCashFlow(id: number, change: CashFlowChange): Promise<CashFlow> {
  return (await http.patch<{ cashflow: CashFlow }>(`/api/performance/cashflows/${String(id)}`, change)).data.cashflow;
}
export async function deleteCashFlow(id: number): Promise<void> {
  await http.delete(`/api/performance/cashflows/${String(id)}`);
}
interface RawStatus {
  state: string;
  state_message?: string;
  last_success_at?: string;
  age_seconds?: number;
  banned_until?: string;
  version?: string;
  demo_note?: string;
}
export async function readStatus(): Promise<StatusView> {
  const raw = (await http.get<RawStatus>("/api/status")).data;
  const last = raw.last_success_at ? Date.parse(raw.last_success_at) : null;
  return {
    state: raw.state,
    message: raw.state_message ?? "",
    retryAtMs: raw.banned_until ? Date.parse(raw.banned_until) : null,
    serverNowMs: last !== null && raw.age_seconds !== undefined ? last + raw.age_seconds * 1000 : null,
    version: raw.version ?? null,
    demoNote: raw.demo_note ?? null,
    intervalSeconds: 30,
  };
}
