import { expect, it, vi } from "vitest";

import { ask } from "@/api/http";
import { ApiProblem } from "@/lib/problem";

function answer(body: string, status: number): void {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(body, { status })));
}

it("hands on what is well, and turns a refusal into its words", async () => {
  answer("{}", 200);
  expect((await ask("http://page.test/")).status).toBe(200);
  answer('{"title":"Busy","detail":"The database is busy."}', 503);
  await expect(ask("http://page.test/")).rejects.toMatchObject({ problem: { status: 503, detail: "The database is busy." } });
});

it("says the status of an answer that explains nothing", async () => {
  answer("<html>Bad gateway</html>", 502);
  const failure: unknown = await ask("http://page.test/").catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ApiProblem);
  expect((failure as ApiProblem).problem).toMatchObject({ status: 502, detail: "The server answered with status 502." });
});

it("does not wait for ever", async () => {
  const signals: (AbortSignal | null | undefined)[] = [];
  vi.stubGlobal("fetch", (_: unknown, init?: RequestInit) => {
    signals.push(init?.signal);
    return Promise.resolve(new Response("{}"));
  });
  await ask("http://page.test/");
  expect(signals[0]).toBeInstanceOf(AbortSignal);
});
