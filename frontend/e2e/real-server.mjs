/** The real server and the real stand-in exchange as child processes, with the strings to make the exchange misbehave. */

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { until } from "./browser.mjs";

const BACKEND = fileURLToPath(new URL("../../backend", import.meta.url));
const LIVED = fileURLToPath(new URL("../../tests/e2e/lived_account.py", import.meta.url));
const ACCOUNT = fileURLToPath(new URL("real/account.toml", import.meta.url));
const PYTHON = process.env.E2E_PYTHON ?? "python3";
const START_MS = 30_000;

const environment = (extra) => ({ PATH: process.env.PATH, HOME: process.env.HOME ?? "/", PYTHONPATH: BACKEND, ...extra });
const command = (...words) => ["-m", "dashboard_crypto.cli.main", ...words];

function freePort() {
  return new Promise((found) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => found(port));
    });
  });
}

async function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((over) => child.once("exit", over));
  child.kill("SIGTERM");
  const impatience = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await gone;
  clearTimeout(impatience);
}

/** A stand-in exchange; `scenario` is a name or the path of a TOML file. */
export class Exchange {
  start(scenario = "deposits-only") {
    return this.announced(command("simulate", "--json", "--port", "0", "--scenario", scenario));
  }

  /** Until the child has said in one line how to reach it. */
  async announced(words) {
    this.child = spawn(PYTHON, words, { env: environment({}), stdio: ["ignore", "pipe", "inherit"] });
    const lines = createInterface({ input: this.child.stdout });
    const first = await new Promise((said, failed) => {
      lines.once("line", said);
      this.child.once("exit", (code) => failed(new Error(`the simulator ended with ${code}`)));
    });
    this.told = JSON.parse(first);
    return this;
  }

  async control(method, path, body) {
    const answer = await fetch(`${this.told.base_url}/_sim/${path}`, { method, headers: { "X-Sim-Token": this.told.control_token, "Content-Type": "application/json" }, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  misbehave(route, template, more = {}) {
    return this.control("POST", "faults", { route, template, ...more });
  }

  behave() {
    return this.control("DELETE", "faults");
  }

  stop() {
    return ended(this.child);
  }
}

/** An exchange whose account has a past: `place` holds the database that lived through it, read and rebuilt to the end. */
export class LivedExchange extends Exchange {
  async start(scenario = ACCOUNT) {
    this.place = await mkdtemp(join(tmpdir(), "e2e-lived-"));
    return this.announced([LIVED, scenario, this.place]);
  }

  async stop() {
    await super.stop();
    await rm(this.place, { recursive: true, force: true });
  }
}

/** Our server, on the database of a lived exchange or on a new one. Without an exchange it has no key. */
export class RealServer {
  async start(exchange = null, extra = {}) {
    this.ownPlace = exchange?.place ? null : await mkdtemp(join(tmpdir(), "e2e-"));
    this.place = exchange?.place ?? this.ownPlace;
    this.port = await freePort();
    this.url = `http://127.0.0.1:${this.port}`;
    const key = exchange === null ? {} : { BINANCE_API_KEY: exchange.told.api_key, BINANCE_API_SECRET: exchange.told.api_secret, BINANCE_API_URL: exchange.told.base_url, EXCHANGE_CLOCK: "true" };
    this.env = environment({ PORT: String(this.port), DATA_DIR: this.place, DATABASE_URL: `sqlite:///${join(this.place, "portfolio.db")}`, BALANCE_UPDATE_INTERVAL: "5", LOG_LEVEL: "error", ...key, ...extra });
    return this.resume();
  }

  /** Starts the process, again at the same address after `halt`. */
  async resume() {
    this.child = spawn(PYTHON, command("serve"), { env: this.env, cwd: this.place, stdio: ["ignore", "ignore", "inherit"] });
    await until(() => this.isUp(), "the server answers", START_MS);
    return this;
  }

  halt() {
    return ended(this.child);
  }

  async isUp() {
    try {
      return (await fetch(`${this.url}/health`)).status < 600;
    } catch {
      return false;
    }
  }

  async read(path) {
    const answer = await fetch(this.url + path);
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return answer.json();
  }

  async stop() {
    await this.halt();
    if (this.ownPlace) await rm(this.ownPlace, { recursive: true, force: true });
  }
}
