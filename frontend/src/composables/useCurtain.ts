import { onUnmounted, watch } from "vue";

import { useConnection } from "@/stores/connection";
import { usePerformance } from "@/stores/performance";
import { usePortfolio } from "@/stores/portfolio";
import { useShell } from "@/stores/shell";

/** Balances and returns are asked for together. Drawn together nothing jumps; but a slow answer keeps no figure back. */
const PATIENCE_MS = 200;
/** The status is small, holds the clock that ages are told by, and stands above the figures: without it they would move. */
const STATUS_PATIENCE_MS = 600;

/** Lifts the curtain of the boot screen once there is something to show. It never falls again. */
export function useCurtain(): void {
  const connection = useConnection();
  const portfolio = usePortfolio();
  const performance = usePerformance();
  const shell = useShell();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function lift(): void {
    shell.isReady = true;
  }

  watch(
    () => [
      portfolio.answer !== null,
      connection.status !== null || connection.problem !== null,
      performance.stats !== null || performance.problem !== null,
    ] as const,
    ([hasBalances, hasStatus, hasReturns]) => {
      if (!hasBalances) return;
      clearTimeout(timer);
      if (hasStatus && hasReturns) lift();
      else timer = setTimeout(lift, hasStatus ? PATIENCE_MS : STATUS_PATIENCE_MS);
    },
    { immediate: true },
  );
  onUnmounted(() => { clearTimeout(timer); });
}
