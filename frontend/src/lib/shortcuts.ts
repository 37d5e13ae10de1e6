/** Which command a key press means. Single letters count only where nobody is typing. */

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  isComposing: boolean;
  /** The press went to a field that takes text. */
  isTyping: boolean;
  /** A dialog stands open; its own keys count. */
  inDialog: boolean;
}

export const PALETTE_KEY = "mod+k";

/** The name of the press as commands list it ("h", "mod+k", "?"), or null when it is not for us. */
export function pressed(press: KeyPress): string | null {
  if (press.isComposing || press.altKey) return null;
  if (press.ctrlKey || press.metaKey) return press.key.toLowerCase() === "k" && !press.inDialog ? PALETTE_KEY : null;
  if (press.isTyping || press.inDialog || press.key.length !== 1) return null;
  return press.key.toLowerCase();
}

const TEXT_INPUTS = ["text", "search", "number", "date", "datetime-local", "email", "password", "tel", "url", "time", "month", "week"];

export function takesText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return TEXT_INPUTS.includes(target.type);
  return target.isContentEditable || ["TEXTAREA", "SELECT"].includes(target.tagName);
}

/** "mod+k" as this device's keyboard names it. */
export function keyLabel(name: string, isApple: boolean): string {
  return name === PALETTE_KEY ? (isApple ? "⌘ K" : "Ctrl K") : name;
}

export function isApple(): boolean {
  return typeof navigator !== "undefined" && /mac|iphone|ipad/i.test(navigator.userAgent);
}
