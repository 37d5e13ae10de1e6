/** The chart's answer, shaped like GET /api/performance/series, from the fixture's index. */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LIVE_DAYS = 75;
const GAP_MS = 2 * HOUR + 600_000;

const iso = (ms) => new Date(ms).toISOString().replace(".000Z", "Z");
const round = (value, digits) => Number(value.toFixed(digits));

/** Places to keep: of every bucket the first, the last and the extremes of the level. */
function keptPlaces(points, most) {
  if (most === 0 || points.length <= most) return points.map((_, place) => place);
  const size = Math.ceil((points.length * 4) / most);
  const kept = new Set();
  for (let start = 0; start < points.length; start += size) {
    const end = Math.min(points.length, start + size) - 1;
    let [low, high] = [start, start];
    for (let place = start; place <= end; place += 1) {
      if (points[place].level < points[low].level) low = place;
      if (points[place].level > points[high].level) high = place;
    }
    for (const place of [start, low, high, end]) kept.add(place);
  }
  return [...kept].sort((a, b) => a - b);
}

function gapsOf(points) {
  return points.slice(1).flatMap((point, place) => (point.at - points[place].at > GAP_MS ? [[points[place].at, point.at]] : []));
}

/** Value at an instant: the first money grows with the level, every later flow from its own instant on. */
function money(scene, first, level, at) {
  let value = 42_000 * (level / first.level);
  let net = 0;
  for (const flow of scene.flows) {
    const when = Date.parse(flow.timestamp);
    if (when <= first.at || when > at) continue;
    net += flow.amount_usd;
    value += flow.amount_usd * (level / first.level) ** 0.5;
  }
  return { value, profit: value - 42_000 - net };
}

function within(scene, query) {
  const { index } = scene;
  const end = index.at(-1);
  if (query.get("start_date")) {
    const [from, to] = [Date.parse(query.get("start_date")), Date.parse(query.get("end_date") ?? iso(end.at))];
    return index.filter((point) => point.at >= from && point.at <= to);
  }
  const days = Number(query.get("days") ?? 30);
  return days === 0 ? index : index.filter((point) => point.at >= end.at - days * DAY);
}

export function makeSeries(scene, query) {
  const empty = { start: null, end: null, instants_ms: [], twr_percent: [], value_usd: [], pnl_usd: [], live_from: null, gap_ms: GAP_MS, total_points: 0, gaps: [] };
  const points = scene.index.length < 2 ? [] : within(scene, query);
  if (points.length < 2) return empty;
  const first = points[0];
  const kept = keptPlaces(points, Number(query.get("max_points") ?? 2000)).map((place) => points[place]);
  const worth = kept.map((point) => money(scene, first, point.level, point.at));
  return {
    start: iso(first.at), end: iso(points.at(-1).at),
    instants_ms: kept.map((point) => point.at),
    twr_percent: kept.map((point) => round((point.level / first.level - 1) * 100, 6)),
    value_usd: worth.map((each) => round(each.value, 2)),
    pnl_usd: worth.map((each) => round(each.profit, 2)),
    live_from: iso(Math.max(scene.index[0].at, scene.index.at(-1).at - (scene.liveDays ?? LIVE_DAYS) * DAY)),
    gap_ms: GAP_MS, total_points: points.length, gaps: gapsOf(points),
  };
}

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
