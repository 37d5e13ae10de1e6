import { onUnmounted, readonly, ref, watch, type Ref } from "vue";

import { painted } from "@/lib/breathe";

/**
 * Counts from 0 to `last` once `begins`, one step after each painted frame. A page that draws its parts in turns, from the
 * top down, shows the first part as soon as it can, moves nothing that already stands, and can be touched in between.
 */
export function useTurns(begins: () => boolean, last: number): Readonly<Ref<number>> {
  const turn = ref(0);
  let isOver = false;

  async function run(): Promise<void> {
    while (turn.value < last && !isOver) {
      await painted();
      turn.value += 1;
    }
  }

  watch(
    begins,
    (now) => {
      if (now && turn.value === 0) void run();
    },
    { immediate: true },
  );
  onUnmounted(() => { isOver = true; });
  return readonly(turn);
}
