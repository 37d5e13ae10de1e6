/**
 * The doorbell. The stream says only that something changed; what it is comes from the GET endpoints. One re-read after
 * every connect covers all rings that were missed.
 */

export interface Ring {
  topic: string;
  revision: number;
}

export type Link = "connecting" | "open" | "lost";

export interface EventSourceLike {
  onopen: ((event: Event) => void) | null;
  onerror: ((event: Event) => void) | null;
  addEventListener(type: string, listener: (event: MessageEvent<string>) => void): void;
  close(): void;
}

export interface StreamOptions {
  open: () => EventSourceLike;
  onRing: (ring: Ring) => void;
  /** The revision at the moment of connecting; null when the greeting could not be read. */
  onConnect: (revision: number | null) => void;
  onLink: (link: Link, retryInMs: number | null) => void;
  random?: () => number;
}

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;
/** After `bye` the server closes, which is an error here and leads to a new connection. */
const GREETING_EVENT = "hello";
const RING_EVENT = "change";

export function parseRing(data: string): Ring | null {
  try {
    const value: unknown = JSON.parse(data);
    const { topic, revision } = value as { topic?: unknown; revision?: unknown };
    return typeof topic === "string" ? { topic, revision: typeof revision === "number" ? revision : 0 } : null;
  } catch {
    return null;
  }
}

/** 1 s, 2 s, 4 s ... 30 s, each up to a quarter longer so that many pages do not come back at the same moment. */
export function backOffMs(attempt: number, random: number): number {
  return Math.round(Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt) * (1 + random / 4));
}

export class Stream {
  private source: EventSourceLike | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private attempt = 0;
  private readonly options: StreamOptions;

  constructor(options: StreamOptions) {
    this.options = options;
  }

  start(): void {
    this.drop();
    this.options.onLink("connecting", null);
    const source = this.options.open();
    this.source = source;
    source.onopen = () => {
      this.attempt = 0;
      this.options.onLink("open", null);
    };
    source.onerror = () => {
      this.retry();
    };
    source.addEventListener(GREETING_EVENT, (event) => {
      this.options.onConnect(parseRing(event.data)?.revision ?? null);
    });
    source.addEventListener(RING_EVENT, (event) => {
      const ring = parseRing(event.data);
      if (ring) this.options.onRing(ring);
    });
  }

  stop(): void {
    this.drop();
    this.options.onLink("lost", null);
  }

  private retry(): void {
    this.drop();
    const delay = backOffMs(this.attempt, (this.options.random ?? Math.random)());
    this.attempt += 1;
    this.options.onLink("lost", delay);
    this.timer = setTimeout(() => {
      this.start();
    }, delay);
  }

  private drop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.source?.close();
    this.source = null;
  }
}
