import { onMounted, onUnmounted, watch } from "vue";

import { Stream, type Link, type Ring } from "@/api/stream";
import { painted, waited } from "@/lib/breathe";
import { useCashFlows } from "@/stores/cashflows";
import { useChart } from "@/stores/chart";
import { useConnection } from "@/stores/connection";
import { usePerformance } from "@/stores/performance";
import { usePortfolio } from "@/stores/portfolio";

/** A page that slept longer than this does not trust its old connection. */
const SLEEP_MS = 20_000;
const TICK_MS = 1_000;
const FIGURES_FIRST_MS = 200;
/** A silent stream whose numbers are this many intervals old is opened anew, at most once per interval. */
const OVERDUE_INTERVALS = 3;

/** Keeps the stores in step with the server: rings lead to re-reads, waking up and reconnecting re-read everything. */
export function useLive(): void {
  const connection = useConnection();
  const portfolio = usePortfolio();
  const performance = usePerformance();
  const chart = useChart();
  const cashFlows = useCashFlows();
  let clock: ReturnType<typeof setInterval> | undefined;
  let lastTickMs = Date.now();
  let lastOpenMs = Date.now();
  let firstRead: Promise<void> | null = null;
  let isReadingAll = false;

  /**
   * The status comes first: every later answer then holds at least its revision, so comparing that one number with the
   * stream's greeting tells whether anything was missed in between. The balances tell a revision of their own and need not wait.
   */
  async function readAll(): Promise<void> {
    isReadingAll = true;
    const balances = portfolio.load();
    await connection.load();
    isReadingAll = false;
    const figures = Promise.all([balances, performance.load()]);
    // What stands below comes when the figures above have been painted; slow figures keep it for a moment only.
    await Promise.race([figures, waited(FIGURES_FIRST_MS)]);
    await painted();
    await Promise.all([figures, chart.load(), cashFlows.load()]);
  }

  /**
   * The first connection follows a reading that has just begun: what moved since then is read like after a ring. Every
   * later connection reads everything once.
   */
  async function connected(revision: number | null): Promise<void> {
    const first = firstRead;
    firstRead = null;
    await first;
    if (first === null || revision === null) await readAll();
    else if (connection.status?.revision !== revision || portfolio.answer?.revision !== revision) await heard({ topic: "portfolio", revision });
  }

  function readHistory(): void {
    void Promise.all([performance.load(), chart.load(), cashFlows.load()]);
  }

  /**
   * The status is small and says both the state and how far the history has come, so it is read at every ring: a
   * snapshot written by another process rings no bell here, but moves that number.
   */
  async function heard(ring: Ring): Promise<void> {
    const before = connection.status?.history_revision;
    await Promise.all([connection.load(), ring.topic === "performance" ? undefined : portfolio.load()]);
    if (ring.topic === "performance" && connection.status?.history_revision === before) readHistory();
  }

  watch(
    () => connection.status?.history_revision,
    (_, before) => {
      if (before !== undefined && !isReadingAll) readHistory();
    },
  );

  /**
   * Every failed attempt to connect also asks the plain endpoints, as often as the back-off allows. They tell a stream
   * that is refused from a server that is gone, and keep the figures right meanwhile.
   */
  function linkChanged(link: Link, retryInMs: number | null): void {
    connection.linkChanged(link, retryInMs);
    if (link === "lost" && retryInMs !== null && portfolio.answer) void Promise.all([connection.load(), portfolio.load()]);
  }

  const stream = new Stream({
    open: () => new EventSource("/api/stream"),
    onRing: (ring) => void heard(ring),
    onConnect: (revision) => void connected(revision),
    onLink: linkChanged,
  });

  function reopen(): void {
    lastOpenMs = Date.now();
    stream.start();
  }

  function isOverdue(): boolean {
    const limit = connection.intervalSeconds * OVERDUE_INTERVALS;
    return connection.link === "open" && (portfolio.ageSeconds ?? 0) > limit && Date.now() - lastOpenMs > limit * 1000;
  }

  function tick(): void {
    const slept = Date.now() - lastTickMs > SLEEP_MS;
    lastTickMs = Date.now();
    connection.tick();
    if (document.visibilityState === "visible" && (slept || isOverdue())) reopen();
  }

  function visibilityChanged(): void {
    if (document.visibilityState !== "visible") return;
    lastTickMs = Date.now();
    connection.tick();
    if (connection.link === "open") void readAll();
    else reopen();
  }

  onMounted(() => {
    clock = setInterval(tick, TICK_MS);
    document.addEventListener("visibilitychange", visibilityChanged);
    window.addEventListener("online", reopen);
    firstRead = readAll();
    reopen();
  });

  onUnmounted(() => {
    clearInterval(clock);
    document.removeEventListener("visibilitychange", visibilityChanged);
    window.removeEventListener("online", reopen);
    stream.stop();
  });
}
