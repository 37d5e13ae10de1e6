import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";

import { readStatus } from "@/api";
import type { StatusView } from "@/api/status";
import type { Link } from "@/api/stream";
import { coalesced } from "@/lib/coalesce";
import { problemFrom, type Problem } from "@/lib/problem";

/** The link to our own server, what the server says about Binance, and the server's clock. */
export const useConnection = defineStore("connection", () => {
  const link = ref<Link>("connecting");
  const retryAtMs = ref<number | null>(null);
  const everConnected = ref(false);
  const status = shallowRef<StatusView | null>(null);
  const problem = shallowRef<Problem | null>(null);
  const offsetMs = ref<number | null>(null);
  const nowMs = ref(Date.now());
  const lostSinceMs = ref<number | null>(Date.now());
  const reported = shallowRef<{ state: string; message: string } | null>(null);

  const serverNowMs = computed(() => nowMs.value + (offsetMs.value ?? 0));

  /**
   * Learns the server's clock from one sighting. Answers may come from the browser's cache and then show an old time,
   * so a later time wins: a cached answer can only lag.
   */
  function observeServerTime(serverMs: number | null): void {
    if (serverMs === null) return;
    const offset = serverMs - Date.now();
    if (offsetMs.value === null || offset > offsetMs.value) offsetMs.value = offset;
  }

  /** After sleep or a corrected clock old sightings mean nothing. */
  function forgetServerTime(): void {
    offsetMs.value = null;
  }

  function tick(): void {
    nowMs.value = Date.now();
  }

  function linkChanged(next: Link, retryInMs: number | null): void {
    link.value = next;
    retryAtMs.value = retryInMs === null ? null : Date.now() + retryInMs;
    if (next === "open") everConnected.value = true;
    if (next === "open") lostSinceMs.value = null;
    else lostSinceMs.value ??= Date.now();
  }

  /** `/api/status` and the balances both carry the state; whichever was read last is right. */
  function report(state: string, message: string): void {
    reported.value = { state, message };
  }

  const lostForSeconds = computed(() =>
    lostSinceMs.value === null ? 0 : Math.max(0, (nowMs.value - lostSinceMs.value) / 1000),
  );

  const load = coalesced(async () => {
    try {
      const next = await readStatus();
      observeServerTime(next.serverNowMs);
      report(next.state, next.message);
      status.value = next;
      problem.value = null;
    } catch (error) {
      problem.value = problemFrom(error);
    }
  });

  return {
    link, retryAtMs, everConnected, status, problem, offsetMs, nowMs, serverNowMs,
    reported, report, lostForSeconds, observeServerTime, forgetServerTime, tick, linkChanged, load,
  };
});
