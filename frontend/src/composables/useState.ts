import { computed, type ComputedRef } from "vue";

import { effectiveState } from "@/lib/effective-state";
import { describeState, type StateText } from "@/lib/states";
import { useConnection } from "@/stores/connection";
import { usePortfolio } from "@/stores/portfolio";

/** The page's one state and its words. */
export function useState(): { state: ComputedRef<string>; words: ComputedRef<StateText> } {
  const connection = useConnection();
  const portfolio = usePortfolio();
  const state = computed(() =>
    effectiveState({
      reported: connection.reported?.state ?? null,
      isKnown: portfolio.isKnown,
      ageSeconds: portfolio.ageSeconds,
      intervalSeconds: connection.intervalSeconds,
      link: connection.link,
      unreachable: connection.problem?.status === 0,
      lostForSeconds: connection.lostForSeconds,
    }),
  );
  return { state, words: computed(() => describeState(state.value)) };
}

/** True when no key is configured and nothing was ever read: there is only the guide to show. */
export function useNeedsSetup(): ComputedRef<boolean> {
  const portfolio = usePortfolio();
  const { state } = useState();
  return computed(() => state.value === "no_key" && !portfolio.isKnown);
}
