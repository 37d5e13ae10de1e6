/** What each state of the connection to Binance means to the person in front of the screen, and what to do about it. */

import { hasText, t } from "@/i18n";
import type { en } from "@/locales/en";

export type Tone = "ok" | "busy" | "warn" | "error";

export interface StateText {
  label: string;
  tone: Tone;
  meaning: string;
  advice: string;
}

type State = keyof typeof en.states.is;

const TONES: Record<State, Tone> = {
  connecting: "busy",
  live: "ok",
  stale: "warn",
  partial: "warn",
  limited: "warn",
  banned: "error",
  key_refused: "error",
  clock_off: "error",
  down: "error",
  no_key: "warn",
  offline: "error",
  stranger: "warn",
};

function isState(name: string): name is State {
  return Object.hasOwn(TONES, name);
}

/** A state of a newer server is said to be unknown, never taken for a good one. */
export function describeState(name: string): StateText {
  const state = isState(name) ? name : "stranger";
  const advice = `states.is.${state}.advice`;
  return {
    label: t(`states.is.${state}.label`),
    tone: TONES[state],
    meaning: t(`states.is.${state}.meaning`),
    advice: hasText(advice) ? t(advice) : "",
  };
}

export const STATES = Object.keys(TONES).filter((name) => name !== "stranger");

export function walletName(wallet: string): string {
  const key = `states.wallet.${wallet}`;
  return hasText(key) ? t(key) : wallet.replaceAll("_", " ");
}
