/**
 * Resolves in a task of its own, after the browser has had a chance to paint and to answer the reader. Starting is three
 * heavy pieces of work (evaluating, mounting, drawing); done in one go they would block the page three times as long.
 */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
