import { defineStore } from "pinia";
import { computed, reactive, ref, shallowRef } from "vue";

import type { LedgerQuery, Movement, MovementChange } from "@/api/types";
import { changeMovement, readLedger } from "@/api/flows";
import type { CashFlow } from "@/api/types";
import { problemFrom, type Problem } from "@/lib/problem";
import { parseInstant } from "@/lib/time";

const PAGE = 50;
const HOUR_MS = 3_600_000;

export interface LedgerFilter {
  kind: NonNullable<LedgerQuery["kind"]> | "";
  asset: string;
  wallet: string;
  /** ISO instants; empty: no limit. */
  from: string;
  to: string;
}

const NO_FILTER: Readonly<LedgerFilter> = { kind: "", asset: "", wallet: "", from: "", to: "" };

/** The ledger as far as it was asked for, newest question only. Read when its panel is opened, never before. */
export const useLedger = defineStore("ledger", () => {
  const isOpen = ref(false);
  const filter = reactive<LedgerFilter>({ ...NO_FILTER });
  const movements = shallowRef<Movement[]>([]);
  const nextCursor = ref<string | null>(null);
  const wasRead = ref(false);
  const isReading = ref(false);
  const problem = shallowRef<Problem | null>(null);
  /** Rises when something elsewhere asks to see the ledger. */
  const calls = ref(0);
  /** How many of them were answered by showing it. */
  const answered = ref(0);
  let turn = 0;

  const isFiltered = computed(() => Object.values(filter).some((value) => value !== ""));

  function query(): LedgerQuery {
    const asked: LedgerQuery = { limit: PAGE };
    if (filter.kind) asked.kind = filter.kind;
    if (filter.asset.trim()) asked.asset = filter.asset.trim().toUpperCase();
    if (filter.wallet) asked.wallet = filter.wallet;
    if (filter.from) asked.start_date = filter.from;
    if (filter.to) asked.end_date = filter.to;
    return asked;
  }

  async function read(cursor: string | null): Promise<void> {
    const mine = ++turn;
    isReading.value = true;
    try {
      const page = await readLedger(cursor === null ? query() : { ...query(), cursor });
      if (mine !== turn) return;
      movements.value = cursor === null ? page.movements : [...movements.value, ...page.movements];
      nextCursor.value = page.next_cursor;
      wasRead.value = true;
      problem.value = null;
    } catch (error) {
      if (mine === turn) problem.value = problemFrom(error);
    } finally {
      if (mine === turn) isReading.value = false;
    }
  }

  function find(): Promise<void> {
    return read(null);
  }

  async function more(): Promise<void> {
    if (nextCursor.value !== null) await read(nextCursor.value);
  }

  function clear(): Promise<void> {
    Object.assign(filter, NO_FILTER);
    return find();
  }

  /** Opens the panel at the records around a cash flow. */
  function showAround(flow: CashFlow): void {
    const at = parseInstant(flow.timestamp);
    Object.assign(filter, NO_FILTER, { asset: flow.asset ?? "" });
    if (at !== null) Object.assign(filter, { from: new Date(at - HOUR_MS).toISOString(), to: new Date(at + HOUR_MS).toISOString() });
    isOpen.value = true;
    calls.value += 1;
    void find();
  }

  /** Says how a movement counts; null is as imported. Returns what went wrong, or null. */
  async function decide(movement: Movement, change: MovementChange): Promise<Problem | null> {
    try {
      const changed = await changeMovement(movement.id, change);
      movements.value = movements.value.map((each) => (each.id === changed.id ? changed : each));
      return null;
    } catch (error) {
      return problemFrom(error);
    }
  }

  return { isOpen, filter, movements, nextCursor, wasRead, isReading, problem, calls, answered, isFiltered, find, more, clear, showAround, decide };
});
