// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { startRain } from "@/lib/rain";

let drawn = 0;

function canvas(): HTMLCanvasElement {
  const context = { fillRect: () => (drawn += 1), fillText: () => undefined };
  return Object.assign(document.createElement("canvas"), { getContext: () => context });
}

function look(state: "visible" | "hidden"): void {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue(state);
  document.dispatchEvent(new Event("visibilitychange"));
}

beforeEach(() => {
  drawn = 0;
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

it("falls while somebody looks, rests while nobody does, and ends", () => {
  const rain = startRain(canvas(), () => ({ ground: "#000", ink: "#0f0", font: "monospace" }));
  vi.advanceTimersByTime(1000);
  expect(drawn).toBe(8);
  look("hidden");
  vi.advanceTimersByTime(5000);
  expect(drawn).toBe(8);
  look("visible");
  vi.advanceTimersByTime(1000);
  expect(drawn).toBe(16);
  rain.stop();
  vi.advanceTimersByTime(5000);
  expect(drawn).toBe(16);
});
