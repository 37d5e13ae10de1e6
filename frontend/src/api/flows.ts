/** Requests around cash flows beyond the plain list: previews, offers, splits, the ledger, and the working of figures. */

import {
  acceptSuggestion, dismissSuggestion, explainRange, explainTwr, getPnl, linkCashflow, listSuggestions, listTwins, unlinkCashflow,
} from "./generated";
import { client } from "./generated/client.gen";
import type { Span } from "@/lib/span";

import { answerOf, readRange } from "./index";
import type { CashFlowPreview, LedgerPage, LedgerQuery, MovementChange, PreviewRequest, SplitPart, Suggestion, Twin } from "./contract";
import type { PnlWindow, Working } from "./types";

const strict = { throwOnError: true } as const;

/** What a figure is asked by: the last days (0: all), or a period of its own. */
export type WorkingSpan = { days: number } | Span;

/** What a change would do. Writes nothing. */
export function previewCashFlow(body: PreviewRequest): Promise<CashFlowPreview> {
  return answerOf(client.post<{ 200: CashFlowPreview }, unknown, true>({ ...strict, url: "/api/performance/cashflows/preview", body, headers: JSON_BODY }));
}

const JSON_BODY = { "Content-Type": "application/json" };

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
  await answerOf(client.post<unknown, unknown, true>({ ...strict, url: "/api/performance/cashflows/{id}/split", path: { id }, body: { parts }, headers: JSON_BODY }));
}

export async function unsplitFlow(id: number): Promise<void> {
  await answerOf(client.delete<unknown, unknown, true>({ ...strict, url: "/api/performance/cashflows/{id}/split", path: { id } }));
}

export function readLedger(query: LedgerQuery): Promise<LedgerPage> {
  return answerOf(client.get<{ 200: LedgerPage }, unknown, true>({ ...strict, url: "/api/ledger", query }));
}

export async function changeMovement(id: string, body: MovementChange): Promise<void> {
  await answerOf(client.patch<unknown, unknown, true>({ ...strict, url: "/api/ledger/{id}", path: { id }, body, headers: JSON_BODY }));
}

/** One page of the sub-periods behind a return. */
export function readWorkingOf(span: WorkingSpan, limit: number, cursor?: string): Promise<Working> {
  const page = cursor === undefined ? { limit } : { limit, cursor };
  if ("days" in span) return answerOf(explainTwr({ ...strict, path: { days: span.days }, query: page }));
  return answerOf(explainRange({ ...strict, query: { start_date: span.start, end_date: span.end, ...page } }));
}

export async function readProfitOf(span: WorkingSpan): Promise<PnlWindow> {
  if ("days" in span) return answerOf(getPnl({ ...strict, path: { days: span.days } }));
  return (await readRange({ start_date: span.start, end_date: span.end })).pnl;
}
