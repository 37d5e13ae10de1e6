import { shallowRef, type ShallowRef } from "vue";

import { readWorkingOf, type WorkingSpan } from "@/api/flows";
import type { SubPeriod, Working } from "@/api/types";

import type { MoneyUnit } from "./format";
import { problemFrom, type Problem } from "./problem";

export const PAGE = 200;
const LARGEST_PAGE = 5000;

export interface WorkingPages {
  /** The newest page's own answer: the return and the count of all sub-periods. */
  working: ShallowRef<Working | null>;
  periods: ShallowRef<SubPeriod[]>;
  problem: ShallowRef<Problem | null>;
  more: () => Promise<void>;
  rest: () => Promise<boolean>;
}

/** The sub-periods behind a return, page by page. `rest` reads all that is left and says whether it could. */
export function workingPages(span: WorkingSpan, currency: MoneyUnit = "USD"): WorkingPages {
  const working = shallowRef<Working | null>(null);
  const periods = shallowRef<SubPeriod[]>([]);
  const problem = shallowRef<Problem | null>(null);
  let running: Promise<void> | null = null;

  async function read(limit: number): Promise<void> {
    const cursor = working.value?.next_cursor ?? undefined;
    if (working.value !== null && cursor === undefined) return;
    try {
      const page = await readWorkingOf(span, limit, cursor, currency);
      working.value = page;
      periods.value = [...periods.value, ...page.periods];
      problem.value = null;
    } catch (error) {
      problem.value = problemFrom(error);
    }
  }

  /** One page at a time: two readings of the same cursor would show its rows twice. */
  function next(limit: number): Promise<void> {
    running ??= read(limit).finally(() => {
      running = null;
    });
    return running;
  }

  async function rest(): Promise<boolean> {
    while (problem.value === null && (working.value === null || working.value.next_cursor !== null)) await next(LARGEST_PAGE);
    return problem.value === null;
  }

  return { working, periods, problem, more: () => next(PAGE), rest };
}
