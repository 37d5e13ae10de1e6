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
 * new one is under way there is none. `request` gives null while there is nothing to ask; the question before is taken
 * back then, for a flow that is being deleted is not there to be asked about.
 */
export function useFlowPreview(request: () => PreviewRequest | null): FlowPreviewState {
  const preview = shallowRef<Preview | null>(null);
  const problem = shallowRef<Problem | null>(null);
  const isReading = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let question = new AbortController();

  async function ask(body: PreviewRequest, { signal }: AbortController): Promise<void> {
    try {
      const answer = await previewCashFlow(body, signal);
      if (!signal.aborted) preview.value = answer;
    } catch (error) {
      if (!signal.aborted) problem.value = problemFrom(error);
    } finally {
      if (!signal.aborted) isReading.value = false;
    }
  }

  function takeBack(): void {
    clearTimeout(timer);
    question.abort();
  }

  watch(
    () => JSON.stringify(request()),
    (text) => {
      takeBack();
      preview.value = null;
      problem.value = null;
      const body = JSON.parse(text) as PreviewRequest | null;
      isReading.value = body !== null;
      if (body === null) return;
      const asked = (question = new AbortController());
      timer = setTimeout(() => void ask(body, asked), PAUSE_MS);
    },
    { immediate: true },
  );

  onScopeDispose(takeBack);

  return { preview, problem, isReading };
}
