// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from "vitest";

import { attachGestures } from "@/charts/gestures";
import { clamped, type View } from "@/charts/view";

const domain: View = { from: 0, to: 1_000 * 3_600_000 };
const HOUR = 3_600_000;
/** The plot is 500 px wide, so that a pixel is two hours while everything is in view. */
const PLOT = { left: 0, right: 500 };

let view: View;
let pointed: (number | null)[];
let marked: ({ from: number; to: number } | null)[];
let element: HTMLElement;
let stop: () => void;

beforeEach(() => {
  view = domain;
  pointed = [];
  marked = [];
  element = document.createElement("div");
  element.tabIndex = 0;
  element.setPointerCapture = () => undefined;
  document.body.replaceChildren(element);
  stop = attachGestures(element, {
    view: () => view,
    domain: () => domain,
    plot: () => PLOT,
    look: (next) => (view = clamped(next, domain)),
    point: (x) => pointed.push(x),
    mark: (stretch) => marked.push(stretch),
  });
});

function pointer(type: string, x: number, init: PointerEventInit = {}): void {
  element.dispatchEvent(new PointerEvent(type, { bubbles: true, cancelable: true, pointerId: 1, pointerType: "mouse", clientX: x, button: 0, ...init }));
}

/** A mouse event with a wheel's distances: the simulated browser's own wheel event has no place and no keys. */
function wheel({ deltaX = 0, deltaY = 0, ...keys }: WheelEventInit): Event {
  const event = Object.assign(new MouseEvent("wheel", { bubbles: true, cancelable: true, clientX: 250, ...keys }), { deltaX, deltaY, deltaMode: 0 });
  element.dispatchEvent(event);
  return event;
}

describe("a mouse", () => {
  it("points while it hovers and leaves nothing behind", () => {
    pointer("pointermove", 40);
    pointer("pointerleave", 0);
    expect(pointed).toEqual([40, null]);
  });

  it("marks a stretch of the whole, and that becomes the view", () => {
    pointer("pointerdown", 400);
    pointer("pointermove", 300);
    pointer("pointermove", 100);
    pointer("pointerup", 100);
    expect(marked.at(-2)).toEqual({ from: 100, to: 400 });
    expect(marked.at(-1)).toBeNull();
    expect(view).toEqual({ from: 200 * HOUR, to: 800 * HOUR });
  });

  it("drags a closer view along, and does not take a shaking hand for a drag", () => {
    view = { from: 100 * HOUR, to: 200 * HOUR };
    pointer("pointerdown", 250);
    pointer("pointermove", 253);
    expect(view.from).toBe(100 * HOUR);
    pointer("pointermove", 300);
    pointer("pointerup", 300);
    expect(view).toEqual({ from: 90 * HOUR, to: 190 * HOUR });
    pointer("pointermove", 400);
    expect(view.from).toBe(90 * HOUR);
  });

  it("leaves the marks on the chart alone", () => {
    const button = document.createElement("button");
    element.append(button);
    button.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true, pointerId: 1, button: 0, clientX: 10 }));
    button.dispatchEvent(new PointerEvent("pointermove", { bubbles: true, pointerId: 1, clientX: 300 }));
    expect([pointed, marked]).toEqual([[null], []]);
  });
});

describe("fingers", () => {
  const touch = (id: number): PointerEventInit => ({ pointerType: "touch", pointerId: id });

  it("move the crosshair over the whole, and a closer view when there is one", () => {
    pointer("pointerdown", 100, touch(1));
    pointer("pointermove", 200, touch(1));
    pointer("pointerup", 200, touch(1));
    expect(pointed).toEqual([100, 200]);
    expect(view).toBe(domain);
    view = { from: 100 * HOUR, to: 200 * HOUR };
    pointer("pointerdown", 100, touch(1));
    pointer("pointermove", 200, touch(1));
    expect(view).toEqual({ from: 80 * HOUR, to: 180 * HOUR });
  });

  it("keep holding the instants they touched when they spread and close", () => {
    pointer("pointerdown", 200, touch(1));
    pointer("pointerdown", 300, touch(2));
    pointer("pointermove", 100, touch(1));
    pointer("pointermove", 400, touch(2));
    // 400 h and 600 h, 300 px apart: two thirds of an hour per pixel.
    expect(view.from / HOUR).toBeCloseTo(400 - 100 * (200 / 300), 9);
    expect(view.to / HOUR).toBeCloseTo(600 + 100 * (200 / 300), 9);
    pointer("pointermove", 399, touch(1));
    expect(view.from / HOUR).toBeCloseTo(400 - 100 * (200 / 300), 9);
    pointer("pointerup", 399, touch(1));
    pointer("pointermove", 100, touch(2));
    expect(view.from / HOUR).toBeCloseTo(400 - 100 * (200 / 300), 9);
  });
});

describe("a wheel", () => {
  it("scrolls the page until the reader means the chart", () => {
    expect(wheel({ deltaY: -100 }).defaultPrevented).toBe(false);
    expect(view).toBe(domain);
    element.focus();
    expect(wheel({ deltaY: -100 }).defaultPrevented).toBe(true);
    expect(view.to - view.from).toBeLessThan(1_000 * HOUR);
    expect((view.from + view.to) / 2 / HOUR).toBeCloseTo(500, 6);
  });

  it("lets the page go on once everything is in view", () => {
    element.focus();
    expect(wheel({ deltaY: 100 }).defaultPrevented).toBe(false);
  });

  it("zooms with Ctrl, which is also a trackpad's pinch, and pans sideways", () => {
    expect(wheel({ deltaY: -20, ctrlKey: true }).defaultPrevented).toBe(true);
    const { from, to } = view;
    expect(wheel({ deltaX: 50, deltaY: 3 }).defaultPrevented).toBe(true);
    expect(view.from).toBeGreaterThan(from);
    expect(view.to - view.from).toBeCloseTo(to - from, 3);
    wheel({ deltaY: -50, shiftKey: true });
    expect(view.from).toBeCloseTo(from, 3);
  });
});

it("stops when told to", () => {
  stop();
  pointer("pointermove", 40);
  expect(pointed).toEqual([]);
});
