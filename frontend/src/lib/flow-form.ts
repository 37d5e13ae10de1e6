/** The cash flow form's text <-> what the API takes. Checks only what would otherwise be sent falsely. */

import type { CashFlow, CashFlowChange, NewCashFlow } from "@/api/types";

import { numberLocale, t } from "@/i18n";

import type { FieldError } from "./problem";
import { fromLocalInput, parseInstant, toLocalInput } from "./time";

export interface FlowDraft {
  type: "DEPOSIT" | "WITHDRAW";
  unit: "usd" | "coin";
  amount: string;
  asset: string;
  quantity: string;
  when: string;
  note: string;
  /** Whether a snapshot of the same minute holds this money already; asked only where there is one. */
  isContained: boolean;
}

export function emptyDraft(): FlowDraft {
  return { type: "DEPOSIT", unit: "usd", amount: "", asset: "", quantity: "", when: "", note: "", isContained: true };
}

/** The reader's own decimal mark. */
export function decimalMark(): string {
  return new Intl.NumberFormat(numberLocale()).formatToParts(0.5).find((part) => part.type === "decimal")?.value ?? ".";
}

/** Plain decimal text without an exponent and without trailing zeros, with the reader's decimal mark. */
export function plain(value: number): string {
  const text = String(value);
  return (text.includes("e") ? value.toFixed(20).replace(/\.?0+$/, "") : text).replace(".", decimalMark());
}

export function draftOf(flow: CashFlow): FlowDraft {
  const instant = parseInstant(flow.timestamp);
  const inCoins = flow.asset !== null && flow.quantity !== null;
  return {
    type: flow.type === "WITHDRAW" ? "WITHDRAW" : "DEPOSIT",
    unit: inCoins ? "coin" : "usd",
    amount: flow.amount_usd === null ? "" : plain(Math.abs(flow.amount_usd)),
    asset: flow.asset ?? "",
    quantity: flow.quantity === null ? "" : plain(Math.abs(flow.quantity)),
    when: instant === null ? "" : toLocalInput(instant),
    note: flow.note ?? "",
    isContained: true,
  };
}

/**
 * A positive number as people write it: "1,000.50", "1 000.5", and "1 000,5" where a comma is the decimal mark. Null
 * when it is not one, when it could mean two numbers, or when it has more digits than a JSON number carries exactly.
 */
export function parsePositive(text: string): number | null {
  const compact = withPoint(text.trim().replace(/[\s_$]/g, ""));
  if (!/^\d+(\.\d+)?$|^\.\d+$/.test(compact)) return null;
  const digits = compact.replace(".", "").replace(/^0+/, "");
  const value = Number(compact);
  return digits.length <= 15 && value > 0 ? value : null;
}

function withPoint(text: string): string {
  if (decimalMark() !== ",") return text.replace(/,(?=\d{3}(\D|$))/g, "");
  if (text.includes(",")) return text.replace(/\.(?=\d{3}(\D|$))/g, "").replace(",", ".");
  // "1.000" is a thousand to some who write decimals with a comma, and one to others.
  return /^[1-9]\d{0,2}\.\d{3}$/.test(text) ? "" : text;
}

export type DraftResult = { flow: NewCashFlow; errors: [] } | { flow: null; errors: FieldError[] };

export function wrongNumber(): string {
  return t("flows.form.wrongNumber", { example: plain(250.5) });
}

function amountPart(draft: FlowDraft, errors: FieldError[]): Partial<NewCashFlow> {
  if (draft.unit === "usd") {
    const amount = parsePositive(draft.amount);
    if (amount === null) errors.push({ field: "amount_usd", detail: wrongNumber() });
    return amount === null ? {} : { amount_usd: draft.type === "WITHDRAW" ? -amount : amount };
  }
  const asset = draft.asset.trim().toUpperCase();
  const quantity = parsePositive(draft.quantity);
  if (asset === "") errors.push({ field: "asset", detail: t("flows.form.wrongCoin") });
  if (quantity === null) errors.push({ field: "quantity", detail: wrongNumber() });
  return quantity === null ? {} : { asset, quantity };
}

export function readDraft(draft: FlowDraft): DraftResult {
  const errors: FieldError[] = [];
  const amount = amountPart(draft, errors);
  const instant = draft.when === "" ? null : fromLocalInput(draft.when);
  if (draft.when !== "" && instant === null) errors.push({ field: "timestamp", detail: t("flows.form.wrongTime") });
  if (errors.length > 0) return { flow: null, errors };
  const flow: NewCashFlow = { type: draft.type, ...amount };
  if (instant !== null) flow.timestamp = new Date(instant).toISOString();
  if (!draft.isContained) flow.in_snapshot = false;
  if (draft.note.trim() !== "") flow.note = draft.note.trim();
  return { flow, errors: [] };
}

/**
 * What changed, for PATCH: unchanged parts are not sent, so the second of a flow's time survives an edit of its note.
 */
export function changesOf(before: FlowDraft, after: FlowDraft, flow: NewCashFlow): CashFlowChange {
  const change: CashFlowChange = {};
  const amountChanged = (["type", "unit", "amount", "asset", "quantity"] as const).some((key) => before[key] !== after[key]);
  if (amountChanged) {
    change.type = flow.type;
    if (flow.amount_usd !== undefined) change.amount_usd = flow.amount_usd;
    if (flow.asset !== undefined) change.asset = flow.asset;
    if (flow.quantity !== undefined) change.quantity = flow.quantity;
  }
  if (before.when !== after.when && flow.timestamp !== undefined) change.timestamp = flow.timestamp;
  if (before.isContained !== after.isContained) change.in_snapshot = after.isContained;
  if (before.note !== after.note) change.note = flow.note ?? null;
  return change;
}

/** A stored flow as a new one, to undo a deletion. */
export function toNewFlow(flow: CashFlow): NewCashFlow {
  const type = flow.type === "WITHDRAW" ? "WITHDRAW" : "DEPOSIT";
  const amount =
    flow.asset !== null && flow.quantity !== null
      ? { asset: flow.asset, quantity: Math.abs(flow.quantity) }
      : flow.amount_usd === null ? {} : { amount_usd: flow.amount_usd };
  return { type, ...amount, timestamp: flow.timestamp, ...(flow.note ? { note: flow.note } : {}) };
}
