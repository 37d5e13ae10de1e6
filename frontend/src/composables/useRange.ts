import { useRoute, useRouter } from "vue-router";

import { rangeToQuery } from "@/lib/windows";

/** The range lives in the address, so a view can be kept as a bookmark. */
export function useRange(): { chooseRange: (days: number) => void; chooseSpan: (from: string, to: string) => void; clearSpan: () => void } {
  const route = useRoute();
  const router = useRouter();

  function go(change: Record<string, string | undefined>): void {
    void router.replace({ query: { ...route.query, ...change } });
  }

  return {
    chooseRange: (days) => {
      go({ range: rangeToQuery(days), from: undefined, to: undefined });
    },
    chooseSpan: (from, to) => {
      go({ from, to, range: undefined });
    },
    clearSpan: () => {
      go({ from: undefined, to: undefined });
    },
  };
}
