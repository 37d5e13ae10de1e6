/** What every suite against the real server begins with: an account with a past, our server on it, and a browser. */

import assert from "node:assert/strict";
import { after, before } from "node:test";

import { launch, SIZES, until as untilIn } from "../browser.mjs";
import { undisturbed } from "../past.mjs";
import { visit } from "../promises.mjs";
import { LivedExchange, RealServer } from "../real-server.mjs";

export const EVERY_SIZE = Object.keys(SIZES);
/** Servers, simulators and browsers of several suites share the processors; how fast they are is tested elsewhere. */
const PATIENCE_MS = 30_000;
export const until = (check, what, patienceMs = PATIENCE_MS) => untilIn(check, what, patienceMs);
/** Three times what living through the account takes on a machine that does other things too. */
const START_MS = 180_000;

/**
 * Registers the set-up for the calling file. `interval` is the seconds between two readings: few where something shall
 * happen, many where figures are compared. axe looks at one size: what it judges is the same at all of them.
 */
export function realStage({ interval }) {
  const stage = { exchange: new LivedExchange(), server: new RealServer() };

  before(async () => {
    await stage.exchange.start();
    await stage.server.start(stage.exchange, { BALANCE_UPDATE_INTERVAL: String(interval) });
    stage.browser = await launch();
  }, { timeout: START_MS });

  after(async () => {
    await stage.browser?.close();
    await stage.server.stop();
    await stage.exchange.stop();
  });

  stage.read = (path) => stage.server.read(path);
  stage.see = (size, steps, options) => visit(stage.browser, stage.server.url, size, steps, { axe: size === "phone", ...options });
  /** Figures of the page beside those of the API: run again if a reading or a snapshot came in between. */
  stage.compare = (size, steps, options) => undisturbed(async () => (await stage.read("/api/status")).revision, () => stage.see(size, steps, options));
  return stage;
}

const money = new Intl.NumberFormat("en-GB", { style: "currency", currency: "USD", currencyDisplay: "narrowSymbol" });

/** As the page writes it: "$1,234.50", and with a sign where a change is meant. */
export const usd = (amount) => money.format(Math.abs(amount));
export const signed = (amount, text) => `${Number(Math.abs(amount).toFixed(2)) === 0 ? "" : amount > 0 ? "+" : "−"}${text}`;
export const signedUsd = (amount) => signed(amount, usd(amount));
export const percent = (value, digits = 2) =>
  signed(value, `${Math.abs(value).toLocaleString("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits })} %`);

export function includes(text, ...parts) {
  for (const part of parts) assert.ok(text.includes(part), `"${part}" in:\n${text}`);
}

const paris = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Paris", dateStyle: "short", timeStyle: "short" });

/** An instant in the zone in which the browser stands. */
export const local = (instant) => paris.format(new Date(instant));
