// @vitest-environment happy-dom
import { flushPromises, mount } from "@vue/test-utils";
import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it } from "vitest";

import type { Movement } from "@/api/types";
import AccountHistory from "@/components/ledger/AccountHistory.vue";
import ExportLinks from "@/components/ledger/ExportLinks.vue";
import LedgerBrowser from "@/components/ledger/LedgerBrowser.vue";
import ImportSources from "@/components/ledger/ImportSources.vue";
import UnknownParts from "@/components/ledger/UnknownParts.vue";
import WalletCheck from "@/components/ledger/WalletCheck.vue";
import { historyLines, sharePercent } from "@/lib/history-summary";
import { kindText, sourceText, totalText } from "@/lib/ledger-words";
import { en } from "@/locales/en";
import { useConnection } from "@/stores/connection";
import { useLedger } from "@/stores/ledger";
import { usePerformance } from "@/stores/performance";
import { usePreferences } from "@/stores/preferences";

import { flow, stats, status } from "./answers";
import { FakeServer, type Seen } from "./fake-server";

const MOVEMENT: Movement = {
  id: "abc", timestamp: "2026-01-05T10:00:30Z", kind: "dividend", asset: "HOME", quantity: 12.5, wallet: "spot",
  flow_class: "performance", imported_class: "performance", exchange_id: "77", note: null, source: "dividend",
};
const source = (change: Partial<ReturnType<typeof status>["history"]["sources"][number]> = {}) => ({
  name: "trade", progress: 1, done: true, reach: null, read_until: "2026-01-05T10:00:00Z", covered_since: null, error: null, ...change,
});
let server: FakeServer;

beforeEach(() => {
  localStorage.clear();
  setActivePinia(createPinia());
  server = new FakeServer();
});

describe("how complete the history is", () => {
  const usd = (value: number): string => `$${String(value)}`;
  const tones = (...args: Parameters<typeof historyLines>): [string, string][] => historyLines(...args).map((line) => [line.key, line.tone]);

  it("never rounds a share up to a whole", () => {
    expect(sharePercent(0.99996)).toBe("99.9 %");
    expect(sharePercent(1)).toBe("100 %");
  });

  it("is read, under way, or stuck", () => {
    const done = status({ history: { sources: [source()], percent: 100, seconds_left: 0 } });
    expect(tones(done, null, usd)).toEqual([["read", "ok"]]);
    const reading = status({ history: { sources: [source({ done: false, progress: 0.5 })], percent: 50, seconds_left: 90 } });
    expect(historyLines(reading, null, usd)[0]?.text).toBe("50 % of the account's past has been read, 1 min 30 s left.");
    const stuck = status({ history: { sources: [source({ error: "no" }), source()], percent: 100, seconds_left: 0 } });
    expect(tones(stuck, null, usd)).toEqual([["broken", "gap"]]);
    expect(tones(status(), null, usd)).toEqual([["read", "busy"]]);
  });

  it("names coverage below the whole and a difference of wallets as gaps", () => {
    const differs = status({ reconciliation: { timestamp: "2026-01-05T10:00:00Z", wallets: [], ours_usd: 90, theirs_usd: 100, limit_usd: 5, is_flagged: true, unpriced: [] } });
    const part = { ...stats(), history_start: "2023-01-05T10:00:00Z", coverage: 0.97 };
    expect(tones(differs, part, usd)).toEqual([["read", "busy"], ["from", "ok"], ["coverage", "gap"], ["wallets", "gap"]]);
    expect(historyLines(differs, part, usd).at(-1)?.text).toContain("$10");
  });

  it("is said on the page, amounts hidden on demand", () => {
    usePreferences().hideAmounts = true;
    const found = { timestamp: "2026-01-05T10:00:00Z", wallets: [{ wallet: "spot", ours_usd: null, theirs_usd: 100, is_over: true }], ours_usd: 0, theirs_usd: 100, limit_usd: 5, is_flagged: true, unpriced: [] };
    useConnection().status = status({ reconciliation: found });
    expect(mount(AccountHistory).text()).not.toMatch(/\$/);
    const check = mount(WalletCheck).text();
    expect(check).not.toMatch(/\$/);
    expect(check).toContain("not read");
    expect(mount(ExportLinks).findAll("a")).toHaveLength(0);
  });

  it("says what was assumed and what to do", () => {
    usePerformance().stats = { ...stats(), history_start: "2023-01-05T10:00:00Z", assumed_openings: { LINK: 20 }, assumed_departures: 2 };
    useConnection().status = status({ history: { sources: [source({ name: "transfer", error: "It failed." })], percent: 50, seconds_left: null } });
    const text = mount(UnknownParts).text();
    expect(text).toContain("assumed from the start: 20 LINK");
    expect(text).toContain("2 times coins must have left");
    expect(text).toContain("wallet transfers stands still: It failed.");
    expect(text).toContain("dashboard-crypto import FILE.csv");
  });

  it("says of a part of the history that the rest is being read", () => {
    usePerformance().stats = { ...stats(), history_start: "2025-06-05T10:00:00Z", coverage: null };
    const reading = source({ done: false, progress: 0.25, covered_since: "2025-06-01T00:00:00Z", read_until: null });
    useConnection().status = status({ history: { sources: [reading], percent: 25, seconds_left: null } });
    expect(mount(UnknownParts).text()).toContain("Not known yet");
    expect(mount(ImportSources).text()).toMatch(/25 % read, complete since .*2025/);
  });
});

describe("the words of the ledger", () => {
  it("keep a code they do not know readable", () => {
    expect(kindText("p2p_buy")).toBe("P2P purchase");
    expect(kindText("brand_new")).toBe("brand new");
    expect([totalText("usd-m futures"), totalText("earn"), totalText("spot"), totalText("moon base")]).toEqual(["Futures, USDⓈ-M", "Earn", "Spot", "moon base"]);
    expect(sourceText("statement_2027")).toBe("statement 2027");
    expect(Object.keys(en.ledger.kind)).toHaveLength(31);
  });
});

describe("the ledger", () => {
  const page = (movements: Movement[], next: string | null = null) => ({ body: { movements, next_cursor: next } });

  it("is read when its panel opens, filtered, and page by page", async () => {
    const cursors: (string | null)[] = [];
    server.on("GET /api/ledger", (seen: Seen) => {
      const query = new URLSearchParams(seen.path.split("?")[1]);
      cursors.push(query.get("cursor"));
      return query.get("cursor") === null ? page([MOVEMENT], "next") : page([{ ...MOVEMENT, id: "def" }]);
    });
    const ledger = useLedger();
    expect(server.seen).toHaveLength(0);
    ledger.filter.asset = " home ";
    await ledger.find();
    expect(server.seen[0]?.path).toContain("asset=HOME");
    await ledger.more();
    await ledger.more();
    expect(cursors).toEqual([null, "next"]);
    expect(ledger.movements.map((each) => each.id)).toEqual(["abc", "def"]);
  });

  it("shows the answer to the newest question only", async () => {
    const answers: ((answer: ReturnType<typeof page>) => void)[] = [];
    server.on("GET /api/ledger", () => new Promise((answer) => answers.push(answer)));
    const ledger = useLedger();
    const first = ledger.find();
    const second = ledger.find();
    await flushPromises();
    answers[1]?.(page([{ ...MOVEMENT, id: "new" }]));
    await second;
    answers[0]?.(page([MOVEMENT]));
    await first;
    expect(ledger.movements.map((each) => each.id)).toEqual(["new"]);
    expect(ledger.isReading).toBe(false);
  });

  it("opens around a cash flow", async () => {
    server.on("GET /api/ledger", () => page([]));
    const ledger = useLedger();
    ledger.showAround(flow({ asset: "BTC", quantity: 1, timestamp: "2026-01-05T10:00:00Z" }));
    await flushPromises();
    const query = new URLSearchParams(server.seen[0]?.path.split("?")[1]);
    expect([ledger.isOpen, query.get("asset"), query.get("start_date"), query.get("end_date")]).toEqual([
      true, "BTC", "2026-01-05T09:00:00.000Z", "2026-01-05T11:00:00.000Z",
    ]);
  });

  it("says to which hours it is limited, and stays there while other filters change", async () => {
    server.on("GET /api/ledger", () => page([]));
    const ledger = useLedger();
    const wrapper = mount(LedgerBrowser);
    await flushPromises();
    ledger.showAround(flow({ asset: "BTC", quantity: 1, timestamp: "2026-01-05T10:00:00Z" }));
    await flushPromises();
    expect(wrapper.text()).toContain("Only 2026-01-05 10:00 to 2026-01-05 12:00.");
    await wrapper.get("select").setValue("trade");
    await flushPromises();
    const query = new URLSearchParams(server.seen.at(-1)?.path.split("?")[1]);
    expect([query.get("kind"), query.get("start_date"), query.get("end_date")]).toEqual(["trade", "2026-01-05T09:00:00.000Z", "2026-01-05T11:00:00.000Z"]);
    await wrapper.findAll("input[type=date]")[0]?.setValue("2026-01-02");
    await flushPromises();
    const days = new URLSearchParams(server.seen.at(-1)?.path.split("?")[1]);
    expect([days.get("start_date"), days.get("end_date")]).toEqual(["2026-01-01T23:00:00.000Z", null]);
    expect(wrapper.text()).not.toContain("Only ");
  });

  it("lets a movement count as something else, and never shows a choice that was refused", async () => {
    server.on("GET /api/ledger", () => page([MOVEMENT]));
    server.on("PATCH /api/ledger/abc", (seen) =>
      (seen.body as { flow_class: string | null }).flow_class === "external"
        ? { body: { message: "", movement: { ...MOVEMENT, flow_class: "external" } } }
        : { status: 409, body: { detail: "It is split." } });
    const wrapper = mount(LedgerBrowser);
    await flushPromises();
    const choice = wrapper.get("tbody select");
    await choice.setValue("external");
    await flushPromises();
    expect((choice.element as HTMLSelectElement).value).toBe("external");
    await choice.setValue("internal");
    await flushPromises();
    expect(wrapper.text()).toContain("It is split.");
    expect((choice.element as HTMLSelectElement).value).toBe("external");
  });
});
