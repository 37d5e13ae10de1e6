/** How complete the account's history is, in a few sentences; each says whether it is good, under way or a gap. */

import type { Stats, Status } from "@/api/types";
import { t } from "@/i18n";

import { grouped } from "./format";
import { formatAge, formatLocal, parseInstant } from "./time";

export type HistoryTone = "ok" | "busy" | "gap";

export interface HistoryLine {
  key: string;
  tone: HistoryTone;
  text: string;
}

/** A share of 0 to 1 as a percentage that never rounds up to a whole that is not there. */
export function sharePercent(ratio: number): string {
  return `${grouped(Math.floor(ratio * 1000) / 10, 0, 1)} %`;
}

function readLines(history: Status["history"]): HistoryLine[] {
  const broken = history.sources.filter((source) => source.error !== null).length;
  const errors: HistoryLine[] = broken > 0 ? [{ key: "broken", tone: "gap", text: t("ledger.sum.stuck", { n: broken }, broken) }] : [];
  if (history.sources.length > 0 && history.sources.every((source) => source.done))
    return broken > 0 ? errors : [{ key: "read", tone: "ok", text: t("ledger.sum.whole") }];
  const percent = sharePercent(history.percent / 100);
  const left = history.seconds_left;
  const text = left === null ? t("ledger.sum.readingUnknown", { percent }) : t("ledger.sum.reading", { percent, left: formatAge(left) });
  return [{ key: "read", tone: "busy", text }, ...errors];
}

function reachLines(stats: Stats): HistoryLine[] {
  if (stats.history_start === null) {
    const first = parseInstant(stats.first_snapshot_date);
    return first === null ? [] : [{ key: "from", tone: "ok", text: t("ledger.sum.live", { when: formatLocal(first) }) }];
  }
  const lines: HistoryLine[] = [{ key: "from", tone: "ok", text: t("ledger.sum.from", { when: formatLocal(parseInstant(stats.history_start)) }) }];
  if (stats.coverage !== null)
    lines.push({ key: "coverage", tone: stats.coverage >= 1 ? "ok" : "gap", text: t("ledger.sum.coverage", { percent: sharePercent(stats.coverage) }) });
  return lines;
}

function walletLine(status: Status, amount: (usd: number) => string): HistoryLine[] {
  const found = status.reconciliation;
  if (found === null) return [];
  if (!found.is_flagged) return [{ key: "wallets", tone: "ok", text: t("ledger.sum.agrees") }];
  return [{ key: "wallets", tone: "gap", text: t("ledger.sum.differs", { amount: amount(found.theirs_usd - found.ours_usd) }) }];
}

/** `amount` writes USD as the page does, hidden or not. */
export function historyLines(status: Status, stats: Stats | null, amount: (usd: number) => string): HistoryLine[] {
  return [...readLines(status.history), ...(stats ? reachLines(stats) : []), ...walletLine(status, amount)];
}
