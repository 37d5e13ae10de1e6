import { expect, it, vi } from "vitest";

import { http } from "@/api/http";
import { ApiProblem, type Problem } from "@/lib/problem";

const ADDRESS = "http://page.test/api/status";

function answer(body: string, status: number): void {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(body, { status })));
}

function ask(): Promise<unknown> {
  return http.get(ADDRESS, { responseType: "json" }).then(({ data }) => data as unknown);
}

async function problem(): Promise<Problem> {
  const failure: unknown = await ask().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ApiProblem);
  return (failure as ApiProblem).problem;
}

it("hands on what is well, and turns a refusal into its words", async () => {
  answer('{"state":"live"}', 200);
  expect(await ask()).toEqual({ state: "live" });
  answer('{"title":"Busy","detail":"The database is busy."}', 503);
  expect(await problem()).toMatchObject({ status: 503, detail: "The database is busy." });
});

it("says the status of an answer that explains nothing", async () => {
  answer("<html>Bad gateway</html>", 502);
  expect(await problem()).toMatchObject({ status: 502, detail: "The server answered with status 502." });
});

it("takes no page for an answer", async () => {
  answer("<html>Please sign in</html>", 200);
  expect(await problem()).toMatchObject({ status: 200, detail: "The server answered with status 200." });
});

it("says when nothing answers", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  expect(await problem()).toMatchObject({ status: 0 });
});

it("does not wait for ever", async () => {
  vi.useFakeTimers();
  vi.stubGlobal(
    "fetch",
    ({ signal }: Request) =>
      new Promise((_, fail) => {
        signal.addEventListener("abort", () => {
          fail(new DOMException("aborted", "AbortError"));
        });
      }),
  );
  const given = problem();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(await given).toMatchObject({ status: 0 });
  vi.useRealTimers();
});
