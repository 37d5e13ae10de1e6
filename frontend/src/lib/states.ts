/** What each state of the connection to Binance means to the person in front of the screen, and what to do about it. */

export type Tone = "ok" | "busy" | "warn" | "error";

export interface StateText {
  label: string;
  tone: Tone;
  meaning: string;
  advice: string;
}

const TEXTS: Record<string, StateText> = {
  connecting: {
    label: "CONNECTING",
    tone: "busy",
    meaning: "Waiting for the first complete reading of the account.",
    advice: "This takes a few seconds. Nothing is shown as a number until it has been read.",
  },
  live: { label: "LIVE", tone: "ok", meaning: "Balances and prices are current.", advice: "" },
  stale: {
    label: "STALE",
    tone: "warn",
    meaning: "The figures below are the last complete reading. They were true then; they may not be true now.",
    advice: "The server tries again by itself. If this lasts, look at the server's log.",
  },
  partial: {
    label: "PARTIAL",
    tone: "warn",
    meaning: "Binance did not give a complete answer, so the last complete reading stays on screen.",
    advice: "Nothing false was stored, and no snapshot is written until a reading is complete again.",
  },
  limited: {
    label: "RATE LIMITED",
    tone: "warn",
    meaning: "Binance asked for fewer requests, so we pause.",
    advice: "Updates resume by themselves. If other programs use the same address, let them ask less often.",
  },
  banned: {
    label: "BANNED",
    tone: "error",
    meaning: "Binance has banned this IP address for a while. We send nothing until the ban ends.",
    advice: "Stop other programs that query Binance from this address. Asking now would make the ban longer.",
  },
  key_refused: {
    label: "KEY REFUSED",
    tone: "error",
    meaning: "Binance does not accept the API key.",
    advice:
      "On Binance, under API Management: does the key still exist, is reading allowed, is this address on its list, and are trading and withdrawals off? Then correct BINANCE_API_KEY and BINANCE_API_SECRET and restart.",
  },
  clock_off: {
    label: "CLOCK OFF",
    tone: "error",
    meaning: "The clock of the server differs too much from Binance's, so signed requests are refused.",
    advice: "Turn on time synchronisation on the server (for example: timedatectl set-ntp true).",
  },
  down: {
    label: "NO CONNECTION TO BINANCE",
    tone: "error",
    meaning: "Binance could not be reached, or its answer could not be used.",
    advice: "Check the server's network. The server tries again by itself.",
  },
  no_key: {
    label: "NO API KEY",
    tone: "warn",
    meaning: "Without one no balance can be read.",
    advice: "Put a read-only key into .env and restart the server.",
  },
  offline: {
    label: "SERVER UNREACHABLE",
    tone: "error",
    meaning: "This page has lost its own server. Figures on screen are the last ones received.",
    advice: "Check that the portfolio server is running. This page reconnects by itself.",
  },
};

const STRANGER: StateText = {
  label: "UNKNOWN STATE",
  tone: "warn",
  meaning: "The server reports a state that this page does not know.",
  advice: "Reload the page; it may be older than the server.",
};

export function describeState(state: string): StateText {
  return TEXTS[state] ?? STRANGER;
}

export const STATES = Object.keys(TEXTS);

const WALLETS: Record<string, string> = {
  spot: "Spot",
  funding: "Funding",
  earn_flexible: "Earn, flexible",
  earn_locked: "Earn, locked",
};

export function walletName(wallet: string): string {
  return WALLETS[wallet] ?? wallet.replaceAll("_", " ");
}
