/** Requests around cash flows beyond the plain list: offers, splits, the ledger, and the working of figures. */

import type { MoneyUnit } from "@/lib/format";
import { asking } from "@/lib/own-currency";
import type { Span } from "@/lib/span";

import {
  acceptSuggestion, decideMovement, dismissSuggestion, explainRange, explainTwr, getPnl, linkCashflow, listMovements, listSuggestions, listTwins,
  splitCashflow, unlinkCashflow, unsplitCashflow,
} from "./generated";
import { answerOf, readRange } from "./index";
import type { LedgerPage, LedgerQuery, Movement, MovementChange, PnlWindow, SplitPart, Suggestion, Twin, Working } from "./types";

const strict = { throwOnError: true } as const;

/** What a figure is asked by: the last days (0: all), or a period of its own. */
export type WorkingSpan = { days: number } | Span;

export async function readTwins(): Promise<Twin[]> {
  return (await answerOf(listTwins(strict))).twins;
}

export async function linkFlows(manualId: number, importedId: number): Promise<void> {
  await answerOf(linkCashflow({ ...strict, path: { id: manualId }, body: { imported_id: importedId } }));
}

export async function unlinkFlow(manualId: number): Promise<void> {
  await answerOf(unlinkCashflow({ ...strict, path: { id: manualId } }));
}

export async function readSuggestions(): Promise<Suggestion[]> {
  return (await answerOf(listSuggestions(strict))).suggestions;
}

export async function takeSuggestion(id: number): Promise<void> {
  await answerOf(acceptSuggestion({ ...strict, path: { id }, body: {} }));
}

export async function refuseSuggestion(id: number): Promise<void> {
  await answerOf(dismissSuggestion({ ...strict, path: { id } }));
}

export async function splitFlow(id: number, parts: SplitPart[]): Promise<void> {
  await answerOf(splitCashflow({ ...strict, path: { id }, body: { parts } }));
}

export async function unsplitFlow(id: number): Promise<void> {
  await answerOf(unsplitCashflow({ ...strict, path: { id } }));
}

export function readLedger(query: LedgerQuery): Promise<LedgerPage> {
  return answerOf(listMovements({ ...strict, query }));
}

export async function changeMovement(id: string, body: MovementChange): Promise<Movement> {
  return (await answerOf(decideMovement({ ...strict, path: { id }, body }))).movement;
}

/** One page of the sub-periods behind a return. */
export function readWorkingOf(span: WorkingSpan, limit: number, cursor?: string, currency: MoneyUnit = "USD"): Promise<Working> {
  const page = { limit, ...(cursor === undefined ? {} : { cursor }), ...asking(currency) };
  if ("days" in span) return answerOf(explainTwr({ ...strict, path: { days: span.days }, query: page }));
  return answerOf(explainRange({ ...strict, query: { start_date: span.start, end_date: span.end, ...page } }));
}

export async function readProfitOf(span: WorkingSpan, currency: MoneyUnit = "USD"): Promise<PnlWindow> {
  if ("days" in span) return answerOf(getPnl({ ...strict, path: { days: span.days }, query: asking(currency) }));
  return (await readRange({ start_date: span.start, end_date: span.end }, currency)).pnl;
}
