// @vitest-environment happy-dom
import { mount } from "@vue/test-utils";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { defineComponent, h, ref, type Ref } from "vue";

import { useTurns } from "@/composables/useTurns";

const FRAME_MS = 16;
let frames: (() => void)[] = [];

beforeEach(() => {
  frames = [];
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  vi.stubGlobal("requestAnimationFrame", (frame: () => void) => frames.push(frame));
});

afterEach(() => {
  vi.useRealTimers();
});

function counting(isShown: Ref<boolean>) {
  const held: Readonly<Ref<number>>[] = [];
  const page = mount(defineComponent(() => {
    held.push(useTurns(() => isShown.value, 2));
    return () => h("i");
  }));
  return { page, now: () => held[0]?.value };
}

/** The browser paints, if it was asked to, and goes on to the next frame. */
async function paint(): Promise<void> {
  for (const frame of frames.splice(0)) frame();
  for (const frame of frames.splice(0)) frame();
  await vi.advanceTimersByTimeAsync(FRAME_MS);
}

it("takes one turn per painted frame, from when there is something to show", async () => {
  const isShown = ref(false);
  const { now } = counting(isShown);
  await paint();
  expect(now()).toBe(0);
  isShown.value = true;
  await vi.advanceTimersByTimeAsync(FRAME_MS);
  expect(now()).toBe(0);
  for (const turn of [1, 2, 2]) {
    await paint();
    expect(now()).toBe(turn);
  }
});

it("begins at once where everything is there already", async () => {
  const { now } = counting(ref(true));
  await paint();
  expect(now()).toBe(1);
});

it("does not wait for a page in the background to be painted", async () => {
  const { now } = counting(ref(true));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(now()).toBe(2);
});

it("ends with the page", async () => {
  const { page, now } = counting(ref(true));
  page.unmount();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(now()).toBeLessThan(2);
});
