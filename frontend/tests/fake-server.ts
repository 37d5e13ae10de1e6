/** A server inside the test: the real generated client talks to it through axios's own adapter. */

import { AxiosError, AxiosHeaders, type AxiosResponse, type InternalAxiosRequestConfig } from "axios";

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
}

export class FakeServer {
  readonly seen: Seen[] = [];
  private readonly routes = new Map<string, (seen: Seen) => Answer | Promise<Answer>>();
  reachable = true;

  constructor() {
    client.setConfig({ adapter: (config) => this.answer(config) });
  }

  on(route: string, answer: (seen: Seen) => Answer | Promise<Answer>): void {
    this.routes.set(route, answer);
  }

  paths(): string[] {
    return this.seen.map((each) => `${each.method} ${each.path}`);
  }

  private async answer(config: InternalAxiosRequestConfig): Promise<AxiosResponse> {
    if (!this.reachable) throw new AxiosError("Network Error", AxiosError.ERR_NETWORK, config);
    const path = config.url ?? "";
    const key = AxiosHeaders.from(config.headers).get("Idempotency-Key");
    const seen: Seen = {
      method: (config.method ?? "get").toUpperCase(),
      path,
      body: typeof config.data === "string" ? JSON.parse(config.data) : config.data,
      key: typeof key === "string" ? key : null,
    };
    this.seen.push(seen);
    const route = this.routes.get(`${seen.method} ${path.split("?")[0] ?? ""}`);
    const { status = 200, body } = route ? await route(seen) : { status: 404, body: { title: "Not found", detail: `No ${path}` } };
    const response: AxiosResponse = { status, statusText: "", data: body, headers: {}, config };
    if (status >= 400) throw new AxiosError("failed", AxiosError.ERR_BAD_REQUEST, config, null, response);
    return response;
  }
}
