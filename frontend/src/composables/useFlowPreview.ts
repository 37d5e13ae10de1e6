import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from "vue";

import { previewCashFlow } from "@/api";
import type { Preview, PreviewRequest } from "@/api/types";
import { problemFrom, type Problem } from "@/lib/problem";

const PAUSE_MS = 400;

export interface FlowPreviewState {
  preview: ShallowRef<Preview | null>;
  problem: ShallowRef<Problem | null>;
  isReading: Ref<boolean>;
}

/**
 * Asks what a change would do, once typing has paused. Only the answer to the newest question is ever shown: while a
 * new one is under way there is none. `request` gives null while there is nothing to ask.
 */
export function useFlowPreview(request: () => PreviewRequest | null): FlowPreviewState {
  const preview = shallowRef<Preview | null>(null);
  const problem = shallowRef<Problem | null>(null);
  const isReading = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let newest = 0;

  async function ask(body: PreviewRequest, turn: number): Promise<void> {
    try {
      const answer = await previewCashFlow(body);
      if (turn === newest) preview.value = answer;
    } catch (error) {
      if (turn === newest) problem.value = problemFrom(error);
    } finally {
      if (turn === newest) isReading.value = false;
    }
  }

  watch(
    () => JSON.stringify(request()),
    (text) => {
      clearTimeout(timer);
      newest += 1;
      preview.value = null;
      problem.value = null;
      const body = JSON.parse(text) as PreviewRequest | null;
      isReading.value = body !== null;
      if (body === null) return;
      const turn = newest;
      timer = setTimeout(() => void ask(body, turn), PAUSE_MS);
    },
    { immediate: true },
  );

  onScopeDispose(() => {
    clearTimeout(timer);
    newest += 1;
  });

  return { preview, problem, isReading };
}
