import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";

import { readStatus } from "@/api";
import type { Link } from "@/api/stream";
import type { Loop, Status } from "@/api/types";
import { t } from "@/i18n";
import { coalesced } from "@/lib/coalesce";
import { problemFrom, type Problem } from "@/lib/problem";
import { parseInstant } from "@/lib/time";

const USUAL_INTERVAL_S = 30;

/** The link to our own server, what the server says about Binance, and the server's clock. */
export const useConnection = defineStore("connection", () => {
  const link = ref<Link>("connecting");
  const retryAtMs = ref<number | null>(null);
  const lostSinceMs = ref<number | null>(Date.now());
  const status = shallowRef<Status | null>(null);
  const problem = shallowRef<Problem | null>(null);
  const reported = shallowRef<{ state: string; message: string } | null>(null);
  const offsetMs = ref<number | null>(null);
  const nowMs = ref(Date.now());
  /** What this device says of itself; a server on the same device may answer all the same. */
  const hasNetwork = ref(true);

  /** The server's present: ages must not depend on this device's clock. */
  const serverNowMs = computed(() => nowMs.value + (offsetMs.value ?? 0));
  const lostForSeconds = computed(() =>
    lostSinceMs.value === null ? 0 : Math.max(0, (nowMs.value - lostSinceMs.value) / 1000),
  );
  /** Until when Binance makes the server wait: the end of a ban, or of a pause that it asked for. */
  const waitUntilMs = computed(() => parseInstant(status.value?.exchange.banned_until ?? status.value?.exchange.retry_at));
  const demoNote = computed(() => {
    const setup = status.value?.setup;
    return setup?.demo ? (setup.demo_note ?? t("common.demoNote")) : null;
  });
  /** Seconds between two readings of the balances. */
  const intervalSeconds = computed(() => intervalOf("balances") ?? USUAL_INTERVAL_S);
  /** Seconds between two snapshots; null while the server has not said. */
  const snapshotIntervalSeconds = computed(() => intervalOf("snapshots"));

  function intervalOf(name: Loop["name"]): number | null {
    return status.value?.loops.find((loop) => loop.name === name)?.interval_seconds ?? null;
  }

  function tick(): void {
    nowMs.value = Date.now();
    hasNetwork.value = typeof navigator === "undefined" || navigator.onLine;
  }

  function linkChanged(next: Link, retryInMs: number | null): void {
    link.value = next;
    retryAtMs.value = retryInMs === null ? null : Date.now() + retryInMs;
    if (next === "open") lostSinceMs.value = null;
    else lostSinceMs.value ??= Date.now();
  }

  /** `/api/status` and the balances both carry the state; whichever was read last is right. */
  function report(state: string, message: string): void {
    reported.value = { state, message };
  }

  function accept(next: Status, arrivedMs: number): void {
    const serverMs = parseInstant(next.now);
    tick();
    if (serverMs !== null) offsetMs.value = serverMs - arrivedMs;
    report(next.exchange.state, next.exchange.state_message);
    status.value = next;
    problem.value = null;
  }

  const load = coalesced(async () => {
    try {
      const { status: answer, arrivedMs } = await readStatus();
      accept(answer, arrivedMs);
    } catch (error) {
      problem.value = problemFrom(error);
    }
  });

  return {
    link, retryAtMs, status, problem, reported, offsetMs, nowMs, hasNetwork,
    serverNowMs, lostForSeconds, waitUntilMs, demoNote, intervalSeconds, snapshotIntervalSeconds,
    tick, linkChanged, report, load,
  };
});
