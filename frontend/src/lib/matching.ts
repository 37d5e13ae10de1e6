/** Finds commands by what was typed: every word must begin somewhere in the title, however accented. */

function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

export function matches(title: string, typed: string): boolean {
  const words = plain(typed).split(/\s+/).filter((word) => word !== "");
  const places = plain(title).split(/[\s:’'()]+/);
  return words.every((word) => places.some((place) => place.startsWith(word)));
}
