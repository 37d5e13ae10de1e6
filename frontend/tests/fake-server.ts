/** A server inside the test: the page's own road to it, from the generated client through axios down to fetch, is the real one. */

import { vi } from "vitest";

import { client } from "@/api/generated/client.gen";

export interface Answer {
  status?: number;
  body: unknown;
}

export interface Seen {
  method: string;
  path: string;
  body: unknown;
  key: string | null;
  /** Aborted once the page took the request back. */
  signal: AbortSignal;
}

const PAGE = "http://page.test";

export class FakeServer {
  readonly seen: Seen[] = [];
  private readonly routes = new Map<string, (seen: Seen) => Answer | Promise<Answer>>();
  reachable = true;

  constructor() {
    // Outside a browser an address needs its host.
    client.setConfig({ baseURL: PAGE });
    vi.stubGlobal("fetch", (request: Request) => this.answer(request));
  }

  on(route: string, answer: (seen: Seen) => Answer | Promise<Answer>): void {
    this.routes.set(route, answer);
  }

  paths(): string[] {
    return this.seen.map((each) => `${each.method} ${each.path}`);
  }

  private async answer(request: Request): Promise<Response> {
    if (!this.reachable) throw new TypeError("Failed to fetch");
    const path = request.url.slice(PAGE.length);
    const sent = await request.text();
    const body: unknown = sent === "" ? undefined : JSON.parse(sent);
    const seen: Seen = { method: request.method, path, body, key: request.headers.get("Idempotency-Key"), signal: request.signal };
    this.seen.push(seen);
    const route = this.routes.get(`${seen.method} ${path.split("?")[0] ?? ""}`);
    const answer = route ? await route(seen) : { status: 404, body: { title: "Not found", detail: `No ${path}` } };
    const type = (answer.status ?? 200) >= 400 ? "application/problem+json" : "application/json";
    return new Response(JSON.stringify(answer.body), { status: answer.status ?? 200, headers: { "Content-Type": type } });
  }
}
