import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { backOffMs, parseRing, Stream, type EventSourceLike, type Link, type Ring } from "@/api/stream";

class FakeSource implements EventSourceLike {
  onopen: ((event: Event) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;
  closed = false;
  private readonly listeners = new Map<string, (event: MessageEvent<string>) => void>();

  addEventListener(type: string, listener: (event: MessageEvent<string>) => void): void {
    this.listeners.set(type, listener);
  }

  close(): void {
    this.closed = true;
  }

  emit(type: string, data: string): void {
    this.listeners.get(type)?.({ data } as MessageEvent<string>);
  }
}

let sources: FakeSource[];
let rings: Ring[];
let links: Link[];
let connects: (number | null)[];
let stream: Stream;

function last(): FakeSource {
  const source = sources.at(-1);
  if (!source) throw new Error("nothing was opened");
  return source;
}

beforeEach(() => {
  vi.useFakeTimers();
  sources = [];
  rings = [];
  links = [];
  connects = [];
  stream = new Stream({
    open: () => {
      const source = new FakeSource();
      sources.push(source);
      return source;
    },
    onRing: (ring) => rings.push(ring),
    onConnect: (revision) => connects.push(revision),
    onLink: (link) => links.push(link),
    random: () => 0,
  });
});

afterEach(() => {
  stream.stop();
  vi.useRealTimers();
});

describe("the doorbell", () => {
  it("passes rings on and ignores noise", () => {
    stream.start();
    last().emit("change", '{"topic":"portfolio","revision":7}');
    last().emit("change", "not json");
    last().emit("change", "null");
    last().emit("hello", '{"topic":"portfolio","revision":7}');
    expect(rings).toEqual([{ topic: "portfolio", revision: 7 }]);
  });

  it("re-reads once per connection", () => {
    stream.start();
    last().onopen?.(new Event("open"));
    last().emit("hello", '{"topic":"portfolio","revision":7}');
    last().onerror?.(new Event("error"));
    vi.advanceTimersByTime(1000);
    last().onopen?.(new Event("open"));
    last().emit("hello", "unreadable");
    expect(connects).toEqual([7, null]);
    expect(links).toEqual(["connecting", "open", "lost", "connecting", "open"]);
  });

  it("backs off while the server is away and starts small again afterwards", () => {
    stream.start();
    for (const delay of [1000, 2000, 4000, 8000, 16000, 30000, 30000]) {
      const count = sources.length;
      last().onerror?.(new Event("error"));
      expect(last().closed).toBe(true);
      vi.advanceTimersByTime(delay - 1);
      expect(sources).toHaveLength(count);
      vi.advanceTimersByTime(1);
      expect(sources).toHaveLength(count + 1);
    }
    last().onopen?.(new Event("open"));
    last().onerror?.(new Event("error"));
    const count = sources.length;
    vi.advanceTimersByTime(1000);
    expect(sources).toHaveLength(count + 1);
  });

  it("never holds two connections, and none after stop", () => {
    stream.start();
    stream.start();
    expect(sources.map((source) => source.closed)).toEqual([true, false]);
    last().onerror?.(new Event("error"));
    stream.stop();
    vi.advanceTimersByTime(60_000);
    expect(sources).toHaveLength(2);
    expect(links.at(-1)).toBe("lost");
  });
});

it("parses only what is a ring", () => {
  expect(parseRing('{"topic":"status","revision":1}')).toEqual({ topic: "status", revision: 1 });
  expect(parseRing("{}")).toBeNull();
  expect(parseRing("")).toBeNull();
});

it("spreads returning pages over a quarter of the delay", () => {
  expect(backOffMs(0, 0)).toBe(1000);
  expect(backOffMs(0, 1)).toBe(1250);
  expect(backOffMs(50, 0)).toBe(30_000);
});
