/** Cutting an amount into parts that add up exactly: decimal arithmetic on whole numbers, never on floats. */

interface Exact {
  units: bigint;
  scale: number;
}

function exact(value: number): Exact {
  const text = String(value).includes("e") ? value.toFixed(20).replace(/\.?0+$/, "") : String(value);
  const [whole = "0", fraction = ""] = text.split(".");
  return { units: BigInt(whole + fraction), scale: fraction.length };
}

function at(value: Exact, scale: number): bigint {
  return value.units * 10n ** BigInt(scale - value.scale);
}

/** `total` less all `parts`; what is not given yet (null) counts as nothing. Negative when they are too much. */
export function restOf(total: number, parts: readonly (number | null)[]): number {
  const all = [exact(total), ...parts.filter((part) => part !== null).map(exact)];
  const scale = Math.max(...all.map((each) => each.scale));
  const [whole = 0n, ...given] = all.map((each) => at(each, scale));
  const rest = given.reduce((left, part) => left - part, whole);
  const text = (rest < 0n ? -rest : rest).toString().padStart(scale + 1, "0");
  const size = Number(`${text.slice(0, text.length - scale)}.${text.slice(text.length - scale)}`);
  return rest < 0n ? -size : size;
}
