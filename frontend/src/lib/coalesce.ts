/**
 * Runs `task` at most once at a time. A call during a run asks for exactly one more run afterwards, so the last answer
 * always belongs to the last ring and a burst of rings costs two requests, not twenty.
 */
export function coalesced(task: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let again = false;

  async function loop(): Promise<void> {
    do {
      again = false;
      await task();
    } while (again);
  }

  return () => {
    if (running) {
      again = true;
      return running;
    }
    running = loop().finally(() => {
      running = null;
    });
    return running;
  };
}
