/** The one way to our server: the browser's own fetch, with patience that ends, and failures as `ApiProblem`. */

import { ApiProblem, problemFrom } from "@/lib/problem";

const TIMEOUT_MS = 20_000;

async function bodyOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}

export async function ask(request: RequestInfo | URL): Promise<Response> {
  const response = await fetch(request, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (response.ok) return response;
  throw new ApiProblem(problemFrom({ response: { status: response.status, data: await bodyOf(response) } }));
}
