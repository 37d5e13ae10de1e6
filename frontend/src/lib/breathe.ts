/**
 * Resolves in a task of its own, after the browser has had a chance to paint and to answer the reader. Starting is three
 * heavy pieces of work (evaluating, mounting, drawing); done in one go they would block the page three times as long.
 */
export function breathe(): Promise<void> {
  return waited(0);
}

export function waited(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A page in the background paints nothing, and must not wait for it. */
const LONGEST_FRAME_MS = 100;

/** Resolves once what stands in the document now has been painted: the next frame paints it, the one after follows that. */
export function painted(): Promise<void> {
  return new Promise((resolve) => {
    const impatience = setTimeout(resolve, LONGEST_FRAME_MS);
    requestAnimationFrame(() => {
      requestAnimationFrame(() => {
        clearTimeout(impatience);
        setTimeout(resolve, 0);
      });
    });
  });
}
