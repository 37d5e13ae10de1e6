/**
 * The HTTP contract in small, for looking at every state of the page. It serves the built dashboard and invented
 * answers; it is a test fixture and never part of the product.
 */

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { makeBalances, makeStatus } from "./fixture-data.mjs";
import { makeHistory, makeMeasures, makePreview, makeRange, makeSeries, makeStats, makeWindows, makeWorking } from "./fixture-history.mjs";
import { makeFlowList, makeLedger, makeSuggestions, makeTwins } from "./fixture-ledger.mjs";
import { makeScene } from "./scenes.mjs";

export { SCENES } from "./scenes.mjs";

const STATIC = fileURLToPath(new URL("../../backend/dashboard_crypto/static/", import.meta.url));
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png", ".woff2": "font/woff2", ".webmanifest": "application/manifest+json" };
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'";

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

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : {};
}

/** `{days}` or `{from, to}` from a query; days without a time mean midnight UTC. */
function windowOf(query) {
  const from = query.get("start_date");
  if (!from) return { days: Number(query.get("days") ?? 30) };
  const to = query.get("end_date");
  return { from: Date.parse(from), to: to ? Date.parse(to) + (to.length === 10 ? 86_399_999 : 0) : Date.now() };
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

  /** The open streams go silent without being closed, as after a night in which the network was gone. */
  deafen() {
    this.streams.clear();
  }

  async answer(request, response) {
    const url = new URL(request.url, this.url);
    if (!url.pathname.startsWith("/api/")) return this.file(url.pathname, response);
    this.requests.push(`${request.method} ${url.pathname}${url.search}`);
    if (url.pathname === "/api/stream") return this.stream(request, response);
    if (url.pathname.startsWith("/api/export/")) return this.download(url, response);
    if (request.method !== "GET" && url.pathname !== "/api/portfolio/refresh") return this.write(request, response, url);
    const body = this.read(url);
    if (body === undefined) return problem(response, 404, "There is no such address.");
    this.json(request, response, 200, body);
  }

  json(request, response, status, body) {
    const text = JSON.stringify(body);
    const packed = text.length > 1000 && /\bgzip\b/.test(request.headers["accept-encoding"] ?? "");
    response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-cache", ...(packed && { "Content-Encoding": "gzip" }) });
    response.end(packed ? gzipSync(text, { level: 1 }) : text);
  }

  read(url) {
    const { scene } = this;
    const query = url.searchParams;
    const currency = query.get("currency") ?? undefined;
    const one = /^\/api\/performance\/(twr|pnl)\/(\d+)(\/explain)?$/.exec(url.pathname);
    if (one) {
      const window = { days: Number(one[2]) };
      return one[3] ? makeWorking(scene, window, currency) : makeMeasures(scene, window, currency)[one[1]];
    }
    switch (url.pathname) {
      case "/api/portfolio/balances": return makeBalances(scene);
      case "/api/portfolio/refresh": return { message: "An early reading was asked for.", total_value_usd: 1, balances_count: 1, refresh_requested: true, state: scene.state };
      case "/api/performance/cashflows": return makeFlowList(scene);
      case "/api/performance/cashflows/twins": return makeTwins(scene);
      case "/api/performance/cashflows/suggestions": return makeSuggestions(scene);
      case "/api/performance/stats": return makeStats(scene, currency);
      case "/api/performance/windows": return makeWindows(scene, (query.get("days") ?? "1,7,30,90,0").split(",").map(Number), currency, query.get("since"));
      case "/api/performance/range": return makeRange(scene, windowOf(query), currency);
      case "/api/performance/range/explain": return makeWorking(scene, windowOf(query), currency);
      case "/api/performance/series": return makeSeries(scene, windowOf(query), Number(query.get("max_points") ?? 2000), currency);
      case "/api/performance/twr-history": return makeHistory(scene, Number(query.get("days") ?? 30), Number(query.get("max_points") ?? 2000));
      case "/api/ledger": return makeLedger(scene, query);
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

  async write(request, response, url) {
    const body = await bodyOf(request);
    const errors = validate(body);
    if (errors.length > 0) return problem(response, 422, "A field is wrong.", errors);
    if (url.pathname.endsWith("/cashflows/preview")) return this.json(request, response, 200, makePreview(this.scene, body, url.searchParams.get("currency") ?? undefined));
    const answer = this.change(request.method, url.pathname, body);
    if (answer === undefined) return problem(response, 404, "There is nothing at this address.");
    this.json(request, response, request.method === "POST" ? 201 : 200, answer);
    this.ring("performance");
  }

  /** What a writing request changes in the scene; undefined when there is nothing to change. */
  change(method, path, body) {
    const [, kind, id, deed] = /^\/api\/(ledger|performance\/cashflows\/suggestions|performance\/cashflows)(?:\/([\w-]+))?(?:\/(\w+))?$/.exec(path) ?? [];
    if (kind === "ledger") return this.reclassify(id, body);
    if (kind?.endsWith("suggestions")) return this.settle(Number(id), deed);
    if (kind === undefined) return undefined;
    if (deed === "split") return this.split(Number(id), body.parts ?? []);
    if (deed === "link") return this.link(Number(id), body.imported_id ?? null);
    return this.changeFlow(method, Number(id ?? 0), body);
  }

  changeFlow(method, id, body) {
    const { flows } = this.scene;
    const found = flows.find((flow) => flow.id === id);
    if (method !== "POST" && !found) return undefined;
    const fresh = { id: this.nextId++, timestamp: new Date().toISOString(), asset: null, quantity: null, price_usd: null, source: "manual", note: null, valuation_method: "exact", amount_usd: 0, kind: null, flow_class: "external", imported_amount_usd: null, linked_id: null, parts: [], parts_apply: false };
    const flow = { ...(found ?? fresh), ...body };
    if (body.asset) flow.amount_usd = body.quantity * 92_000;
    flow.amount_usd = Math.abs(flow.amount_usd) * (flow.type === "WITHDRAW" ? -1 : 1);
    this.scene.flows = flows.filter((each) => each.id !== id);
    if (method !== "DELETE") this.scene.flows.push(flow);
    return { message: "Done.", cashflow: flow };
  }

  reclassify(id, body) {
    const movement = this.scene.movements.find((each) => each.id === id);
    if (!movement) return undefined;
    if ("flow_class" in body) movement.flow_class = body.flow_class ?? movement.imported_class;
    if ("note" in body) movement.note = body.note;
    return { message: "Done.", movement };
  }

  settle(id, deed) {
    const found = this.scene.suggestions.find((each) => each.id === id);
    if (!found) return undefined;
    this.scene.suggestions = this.scene.suggestions.filter((each) => each !== found);
    return deed === "accept" ? this.changeFlow("POST", 0, { type: "DEPOSIT", amount_usd: found.amount_usd, timestamp: found.until }) : { message: "It stays as it is." };
  }

  link(id, importedId) {
    const manual = this.scene.flows.find((flow) => flow.id === id);
    if (!manual) return undefined;
    manual.linked_id = importedId;
    return { message: "Done.", cashflow: manual };
  }

  split(id, parts) {
    const found = this.scene.flows.find((flow) => flow.id === id);
    if (!found) return undefined;
    found.parts = parts.map((part) => ({ amount_usd: null, quantity: null, note: null, ...part }));
    found.parts_apply = parts.length > 0;
    return { message: "Done.", cashflow: found };
  }

  download(url, response) {
    response.writeHead(200, { "Content-Type": "text/csv", "Content-Disposition": `attachment; filename="${url.pathname.split("/")[3]}.csv"` });
    response.end("id,amount_usd\n1,20000\n");
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
