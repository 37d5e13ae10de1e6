/**
 * The HTTP contract in small, for looking at every state of the page. It serves the built dashboard and invented
 * answers; it is a test fixture and never part of the product.
 */

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

import { PLAIN_FLOW, makeBalances, makeFlowList, makeFlows, makeHistory, makeIndex, makePnl, makeStats, makeStatus, makeTwr, makeWorking } from "./fixture-data.mjs";

const STATIC = fileURLToPath(new URL("../../backend/dashboard_crypto/static/", import.meta.url));
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2", ".webmanifest": "application/manifest+json" };
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'";

/** Every state the page can be in: what differs from a healthy account. */
export const SCENES = {
  live: {},
  unpriced: { unpriced: true },
  connecting: { readAt: null, index: [], flows: [] },
  stale: { state: "stale", readAgo: 1_260 },
  partial: { state: "partial", message: "The funding wallet did not answer.", readAgo: 95 },
  limited: { state: "limited", message: "Binance asked us to slow down (429).", readAgo: 70, bannedIn: 45 },
  banned: { state: "banned", message: "Binance banned this address (418).", readAgo: 400, bannedIn: 754 },
  key_refused: { state: "key_refused", message: "Binance refused the key: invalid key, address or permissions (-2015).", readAgo: 600 },
  clock_off: { state: "clock_off", message: "The server's clock is 4.2 s ahead of Binance.", readAgo: 120 },
  down: { state: "down", message: "No answer from api.binance.com within 10 s.", readAgo: 300 },
  no_key: { state: "no_key", readAt: null, index: [], flows: [] },
  empty: { empty: true, index: [], flows: [] },
  young: { index: "one", flows: [] },
  warned: { warnings: ["The key may trade. Turn off trading for this key on Binance."] },
};

function makeScene(name) {
  const now = Date.now();
  const { readAgo = 4, bannedIn = null, index, ...rest } = SCENES[name];
  const full = makeIndex(now);
  return {
    state: "live", message: "", readAt: now - readAgo * 1000, bannedUntil: bannedIn === null ? null : now + bannedIn * 1000,
    flows: makeFlows(now), revision: 1841, historyRevision: 12, demo: true, empty: false, unpriced: false, warnings: [], ...rest,
    index: index === "one" ? full.slice(-1) : (index ?? full),
  };
}

function problem(response, status, detail, errors = []) {
  response.writeHead(status, { "Content-Type": "application/problem+json" });
  response.end(JSON.stringify({ type: "/problems/validation", title: "The request cannot be used", status, detail, instance: "fixture", errors }));
}

function validate(body) {
  if (body.note === "reject me") return [{ pointer: "/note", code: "note", detail: "This note is refused." }];
  if (body.amount_usd !== undefined && Math.abs(body.amount_usd) > 1e15) return [{ pointer: "/amount_usd", code: "range", detail: "At most 1e15." }];
  if (body.timestamp && Date.parse(body.timestamp) > Date.now() + 60_000) return [{ pointer: "/timestamp", code: "future", detail: "This time lies in the future." }];
  return [];
}

export class FixtureServer {
  scene = makeScene("live");
  streams = new Set();
  requests = [];
  streamsOpen = true;
  nextId = 100;

  async start(port = 0) {
    if (!existsSync(join(STATIC, "index.html"))) throw new Error("Build the page first: npm run build");
    this.server = createServer((request, response) => void this.answer(request, response));
    await new Promise((ready) => this.server.listen(port, "127.0.0.1", ready));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this.url;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }

  show(name) {
    this.scene = makeScene(name);
  }

  ring(topic) {
    this.scene.revision += 1;
    if (topic === "performance") this.scene.historyRevision += 1;
    for (const stream of this.streams) stream.write(`event: change\ndata: ${JSON.stringify({ topic, revision: this.scene.revision })}\n\n`);
  }

  cutStreams(open) {
    this.streamsOpen = open;
    for (const stream of this.streams) stream.destroy();
  }

  async answer(request, response) {
    const url = new URL(request.url, this.url);
    if (!url.pathname.startsWith("/api/")) return this.file(url.pathname, response);
    this.requests.push(`${request.method} ${url.pathname}${url.search}`);
    if (url.pathname === "/api/stream") return this.stream(request, response);
    if (url.pathname.startsWith("/api/performance/cashflows") && request.method !== "GET") return this.change(request, response, url);
    const body = this.read(url);
    if (body === undefined) return problem(response, 404, "There is no such address.");
    response.writeHead(200, { "Content-Type": "application/json", "Cache-Control": "no-cache" });
    response.end(JSON.stringify(body));
  }

  read(url) {
    const { scene } = this;
    const window = /^\/api\/performance\/(twr|pnl)\/(\d+)$/.exec(url.pathname);
    if (window) return window[1] === "twr" ? makeTwr(scene, Number(window[2])) : makePnl(scene, Number(window[2]));
    const working = /^\/api\/performance\/twr\/(\d+)\/explain$/.exec(url.pathname);
    if (working) return makeWorking(scene, Number(working[1]));
    switch (url.pathname) {
      case "/api/portfolio/balances": return makeBalances(scene);
      case "/api/portfolio/refresh": return { message: "An early reading was asked for.", total_value_usd: 1, balances_count: 1, refresh_requested: true, state: scene.state };
      case "/api/performance/cashflows": return makeFlowList(scene);
      case "/api/performance/stats": return makeStats(scene);
      case "/api/performance/twr-history": return makeHistory(scene, Number(url.searchParams.get("days") ?? 30), Number(url.searchParams.get("max_points") ?? 2000));
      case "/api/status": return makeStatus(scene);
      default: return undefined;
    }
  }

  stream(request, response) {
    if (!this.streamsOpen) return problem(response, 503, "Too many open streams.");
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    response.write('retry: 3000\n\nevent: hello\ndata: ' + JSON.stringify({ topic: "portfolio", revision: this.scene.revision }) + "\n\n");
    this.streams.add(response);
    request.on("close", () => this.streams.delete(response));
  }

  async change(request, response, url) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : {};
    const errors = validate(body);
    if (errors.length > 0) return problem(response, 422, "A field is wrong.", errors);
    const id = Number(url.pathname.split("/").pop());
    const { flows } = this.scene;
    const found = flows.find((flow) => flow.id === id);
    if (request.method !== "POST" && !found) return problem(response, 404, "There is no such cash flow.");
    const flow = { ...(found ?? { id: this.nextId++, timestamp: new Date().toISOString(), ...PLAIN_FLOW, amount_usd: 0 }), ...body };
    flow.counted_at = flow.timestamp;
    if (body.asset) flow.amount_usd = body.quantity * 92_000 * (flow.type === "WITHDRAW" ? -1 : 1);
    this.scene.flows = flows.filter((each) => each.id !== id);
    if (request.method !== "DELETE") this.scene.flows.push(flow);
    this.scene.historyRevision += 1;
    response.writeHead(request.method === "POST" ? 201 : 200, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ message: "Done.", cashflow: flow }));
    this.ring("performance");
  }

  async file(path, response) {
    const name = extname(path) ? normalize(path) : "/index.html";
    try {
      const body = await readFile(join(STATIC, name));
      response.writeHead(200, { "Content-Type": TYPES[extname(name)] ?? "application/octet-stream", "Content-Security-Policy": POLICY });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const server = new FixtureServer();
  server.show(process.argv[2] ?? "live");
  console.log(await server.start(Number(process.env.PORT ?? 5000)));
  setInterval(() => {
    server.scene.readAt = Date.now();
    server.ring("portfolio");
  }, 5_000);
}
