import { onUnmounted, watch } from "vue";

import { usePerformance } from "@/stores/performance";
import { usePortfolio } from "@/stores/portfolio";
import { useShell } from "@/stores/shell";

/** Balances and returns are asked for together. Drawn together nothing jumps; but a slow answer keeps no figure back. */
const PATIENCE_MS = 200;

/** Lifts the curtain of the boot screen once there is something to show. It never falls again. */
export function useCurtain(): void {
  const portfolio = usePortfolio();
  const performance = usePerformance();
  const shell = useShell();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function lift(): void {
    shell.isReady = true;
  }

  watch(
    () => [portfolio.answer !== null, performance.stats !== null || performance.problem !== null] as const,
    ([hasBalances, hasReturns]) => {
      if (!hasBalances) return;
      if (hasReturns) lift();
      else timer ??= setTimeout(lift, PATIENCE_MS);
    },
    { immediate: true },
  );
  onUnmounted(() => { clearTimeout(timer); });
}
