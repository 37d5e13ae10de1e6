/** A long past for the chart. */

const HOUR = 3_600_000;

/** Ten years of hourly snapshots: 90,000 points with three gaps. */
export function makeLongIndex(now, count = 90_000) {
  let state = 11;
  const next = () => (state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296) / 4_294_967_296;
  const end = Math.floor(now / HOUR) * HOUR;
  const points = [];
  let level = 1;
  for (let place = 0; points.length < count; place += 1) {
    const at = end - (count + 200 - 1 - place) * HOUR;
    level = Math.max(0.05, level * (1 + (next() - 0.4985) * 0.016 + Math.sin(place / 2600) * 0.0002));
    if ([20_000, 51_000].some((gap) => place >= gap && place < gap + 90) || (place >= 77_000 && place < 77_020)) continue;
    points.push({ at, level });
  }
  return points;
}
