import { computed, type ComputedRef } from "vue";

import { t } from "@/i18n";
import { formatAge } from "@/lib/time";
import { useConnection } from "@/stores/connection";

/** "not live; trying again in 12 s", or nothing while the page is live. */
export function useReconnect(): ComputedRef<string> {
  const connection = useConnection();
  return computed(() => {
    if (connection.link === "open") return "";
    const left = connection.retryAtMs === null ? 0 : (connection.retryAtMs - connection.nowMs) / 1000;
    return left > 1 ? t("states.bar.retryIn", { age: formatAge(left) }) : t("states.bar.connecting");
  });
}
