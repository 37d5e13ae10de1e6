/** Every request the page makes, through the generated client. Failures are thrown as `ApiProblem`. */

import {
  addCashflow,
  deleteCashflow,
  editCashflow,
  getBalances,
  getRange,
  getSeries,
  getStatus,
  getWindows,
  listCashflows,
  previewCashflow,
  refreshPortfolio,
} from "./generated";
import { client } from "./generated/client.gen";
import type { MoneyUnit } from "@/lib/format";
import { asking } from "@/lib/own-currency";
import { ApiProblem, problemFrom } from "@/lib/problem";

import { arrivedAtMs } from "./first-answers";
import { http } from "./http";

import type {
  Balances, CashFlow, CashFlowChange, CashFlowList, MeasuredWindow, MeasuredWindows, NewCashFlow, PnlWindow, Preview, PreviewRequest, Series, Status,
  TwrWindow,
} from "./types";

client.setConfig({ axios: http });

export interface PerformanceWindow {
  twr: TwrWindow;
  pnl: PnlWindow;
}

export async function answerOf<T>(request: Promise<{ data: T }>): Promise<T> {
  try {
    return (await request).data;
  } catch (error) {
    throw new ApiProblem(problemFrom(error));
  }
}

const strict = { throwOnError: true } as const;

/** The status and when it arrived: it carries the server's clock, and may have lain here while the page's code was loading. */
export async function readStatus(): Promise<{ status: Status; arrivedMs: number }> {
  const status = await answerOf(getStatus(strict));
  return { status, arrivedMs: arrivedAtMs("/api/status") };
}

export function readBalances(): Promise<Balances> {
  return answerOf(getBalances(strict));
}

/** Asks for an early reading. Returns the server's sentence about it. */
export async function askRefresh(): Promise<string> {
  return (await answerOf(refreshPortfolio(strict))).message;
}

/** A period between two instants (ISO 8601); without one, from the first or to the newest snapshot. */
export interface DateRange {
  start_date?: string;
  end_date?: string;
}

/** What a chart is asked by: a number of days (0 is everything), or two dates. */
export type SeriesWindow = { days: number } | DateRange;

/** Several windows and the totals, all as of one moment; with `since` (ISO) also the one from that instant on. */
export function readWindows(days: readonly number[], currency: MoneyUnit = "USD", since?: string): Promise<MeasuredWindows> {
  return answerOf(getWindows({ ...strict, query: { days: days.join(","), since, ...asking(currency) } }));
}

export function readRange(range: DateRange, currency: MoneyUnit = "USD"): Promise<MeasuredWindow> {
  return answerOf(getRange({ ...strict, query: { ...range, ...asking(currency) } }));
}

/** The chart's columns. `maxPoints` 0 gives every snapshot. */
export function readSeries(window: SeriesWindow, maxPoints?: number, currency: MoneyUnit = "USD"): Promise<Series> {
  return answerOf(getSeries({ ...strict, query: { ...window, max_points: maxPoints, ...asking(currency) } }));
}

export function readCashFlows(): Promise<CashFlowList> {
  return answerOf(listCashflows(strict));
}

export async function addCashFlow(flow: NewCashFlow, idempotencyKey: string): Promise<CashFlow> {
  const headers = { "Idempotency-Key": idempotencyKey };
  return (await answerOf(addCashflow({ ...strict, body: flow, headers }))).cashflow;
}

/** What a change would do, without doing it. Refused as the change itself would be. `signal` takes the question back. */
export function previewCashFlow(change: PreviewRequest, signal: AbortSignal, currency: MoneyUnit = "USD"): Promise<Preview> {
  return answerOf(previewCashflow({ ...strict, body: change, query: asking(currency), signal }));
}

export async function editCashFlow(id: number, change: CashFlowChange): Promise<CashFlow> {
  return (await answerOf(editCashflow({ ...strict, path: { id }, body: change }))).cashflow;
}

export async function deleteCashFlow(id: number): Promise<void> {
  await answerOf(deleteCashflow({ ...strict, path: { id } }));
}
