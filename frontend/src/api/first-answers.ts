/**
 * `public/start.js` asks the first questions while the page's code is still loading. Here their answers are handed to the
 * client, each once, as if it had asked itself. Whatever was not asked, or failed, or lay too long, is asked now.
 */

interface Heard {
  response: Response;
  heardAtMs: number;
}

declare global {
  var firstAnswers: Record<string, Promise<Heard> | undefined> | undefined;
}

/** A code that took longer than this to load finds answers that may be behind the server's state. */
const KEPT_MS = 10_000;
const heardAt = new Map<string, number>();

function addressOf(request: Request): string {
  const { pathname, search } = new URL(request.url);
  return pathname + search;
}

async function take(address: string): Promise<Response | null> {
  const answers = globalThis.firstAnswers;
  const waiting = answers?.[address];
  if (!answers || !waiting) return null;
  answers[address] = undefined;
  const heard = await waiting.catch(() => null);
  if (!heard || Date.now() - heard.heardAtMs > KEPT_MS) return null;
  heardAt.set(address, heard.heardAtMs);
  return heard.response;
}

/** `fetch`, for a client that passes everything as one `Request`. */
export async function fetchUnlessAsked(input: Request): Promise<Response> {
  const early = input.method === "GET" ? await take(addressOf(input)) : null;
  return early ?? fetch(input);
}

/** When the newest answer from `address` arrived, on this device's clock. Call it once per answer. */
export function arrivedAtMs(address: string): number {
  const at = heardAt.get(address) ?? Date.now();
  heardAt.delete(address);
  return at;
}
