import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from "vue";

import { previewCashFlow } from "@/api";
import type { Preview, PreviewRequest } from "@/api/types";
import type { MoneyUnit } from "@/lib/format";
import { problemFrom, type Problem } from "@/lib/problem";
import { usePreferences } from "@/stores/preferences";

const PAUSE_MS = 400;

export interface FlowPreviewState {
  preview: ShallowRef<Preview | null>;
  problem: ShallowRef<Problem | null>;
  isReading: Ref<boolean>;
}

interface Question {
  body: PreviewRequest | null;
  currency: MoneyUnit;
}

/**
 * Asks what a change would do, in the currency of the page, once typing has paused. Only the answer to the newest question is ever shown: while a
 * new one is under way there is none. `request` gives null while there is nothing to ask; the question before is taken
 * back then, for a flow that is being deleted is not there to be asked about.
 */
export function useFlowPreview(request: () => PreviewRequest | null): FlowPreviewState {
  const preview = shallowRef<Preview | null>(null);
  const problem = shallowRef<Problem | null>(null);
  const isReading = ref(false);
  const preferences = usePreferences();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let question = new AbortController();

  async function ask(body: PreviewRequest, currency: MoneyUnit, { signal }: AbortController): Promise<void> {
    try {
      const answer = await previewCashFlow(body, signal, currency);
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
    () => JSON.stringify({ body: request(), currency: preferences.currency } satisfies Question),
    (text) => {
      takeBack();
      preview.value = null;
      problem.value = null;
      const { body, currency } = JSON.parse(text) as Question;
      isReading.value = body !== null;
      if (body === null) return;
      const asked = (question = new AbortController());
      timer = setTimeout(() => void ask(body, currency, asked), PAUSE_MS);
    },
    { immediate: true },
  );

  onScopeDispose(takeBack);

  return { preview, problem, isReading };
}
