/** The canvas side of the chart. Loaded only when there is something to draw. */

import { Chart, Filler, LinearScale, LineController, LineElement, PointElement, type ChartDataset, type Scale } from "chart.js";

import { firstAt, lastKnown } from "./columns";
import { drawnIndices, LIFT } from "./decimate";
import { painter, type Scene } from "./painter";
import type { Palette } from "./palette";
import type { Frame, Picture } from "./picture";
import { heightOf, valueTicks, withAir, type Height, type Reach } from "./scale";

Chart.register(LineController, LineElement, PointElement, LinearScale, Filler);

interface Spot {
  x: number;
  y: number;
}

export interface ChartCanvas {
  /** Draws now and tells where everything stands. */
  draw: (picture: Picture) => Frame;
  resize: (width: number, height: number) => void;
  destroy: () => void;
}

const EDGE_PX = 30;
const AXIS_WIDTH = 76;
const NARROW_AXIS_WIDTH = 64;
const NARROW = 480;
/** The drawdown's pane keeps this share of its depth free above 0, for its title. */
const TITLE_SHARE = 0.32;
/** How much taller the main pane is. */
const MAIN_SHARE = 3.4;
/** Room for the labels of the extremes, and below them for the flows' signs. */
const AIR_PX = { above: 26, below: 50 };
/** CSS pixels from one label to the next. */
const TICK_EVERY = { x: 74, y: 46, drawdown: 26 };

/** Stripes across the canvas: a line stroked with them is dashed along the time axis, however jagged it is. */
function dashes(canvas: HTMLCanvasElement, colour: string): CanvasPattern | string {
  const tile = document.createElement("canvas");
  [tile.width, tile.height] = [9, 1];
  const pen = tile.getContext("2d");
  if (!pen) return colour;
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 5, 1);
  pen.globalAlpha = 0.22;
  pen.fillRect(5, 0, 4, 1);
  return canvas.getContext("2d")?.createPattern(tile, "repeat") ?? colour;
}

/** Indices to spots; a snapshot that stands alone between two gaps becomes a short stroke instead of vanishing. */
function spots(indices: readonly number[], times: Float64Array, heights: (index: number) => number, strokeMs: number): Spot[] {
  const result: Spot[] = [];
  indices.forEach((index, place) => {
    const x = times[index] ?? 0;
    if (index === LIFT) {
      result.push({ x: result.at(-1)?.x ?? x, y: Number.NaN });
      return;
    }
    const y = heights(index);
    result.push({ x, y });
    const alone = (indices[place - 1] ?? LIFT) === LIFT && (indices[place + 1] ?? LIFT) === LIFT;
    if (alone) result.push({ x: x + strokeMs, y });
  });
  return result;
}

function reachOf(points: readonly Spot[]): Reach | null {
  let low = Infinity;
  let high = -Infinity;
  for (const { y } of points) {
    if (y < low) low = y;
    if (y > high) high = y;
  }
  return low <= high ? { low, high } : null;
}

export function createChart(canvas: HTMLCanvasElement, palette: Palette): ChartCanvas {
  const scene: Scene = { picture: null, frame: null };
  let height: Height = heightOf("twr", false);
  let step = 1;
  const stripes = dashes(canvas, palette.line);

  const line = { data: [], borderWidth: 1.5, borderJoinStyle: "bevel", pointRadius: 0, pointHitRadius: 0, tension: 0, yAxisID: "y" } as const;
  const datasets: ChartDataset<"line", Spot[]>[] = [
    { ...line, data: [], borderColor: stripes },
    { ...line, data: [], borderColor: palette.line },
    { ...line, data: [], borderColor: palette.loss, borderWidth: 1, backgroundColor: palette.lossFill, fill: { value: 0 }, yAxisID: "drawdown" },
  ];

  function fixedWidth(axis: Scale): void {
    axis.width = axis.chart.width < NARROW ? NARROW_AXIS_WIDTH : AXIS_WIDTH;
  }

  /** No label at the very foot, where the flows' signs and the pane below begin, nor under the tag of the last value. */
  function isFree(axis: Scale, at: number): boolean {
    const { picture } = scene;
    if (!picture) return false;
    const perPx = (axis.max - axis.min) / Math.max(1, (axis.chart.height - 54) * 0.75);
    const values = picture.columns[picture.line];
    const last = lastKnown(values);
    const isTagged = (picture.columns.times[last] ?? Infinity) <= picture.view.to;
    const isUnderTag = isTagged && Math.abs(height.of(values[last] ?? Number.NaN) - at) < perPx * 15;
    return at >= axis.min + (axis.max - axis.min) * 0.05 && !isUnderTag;
  }

  const ticks = { color: palette.text, font: { size: 11, family: palette.font }, padding: 8, maxRotation: 0, autoSkip: false } as const;
  const grid = { color: palette.grid, drawTicks: false } as const;
  const border = { display: false } as const;

  const chart = new Chart<"line", Spot[]>(canvas, {
    type: "line",
    data: { datasets },
    options: {
      parsing: false,
      normalized: true,
      animation: false,
      responsive: false,
      maintainAspectRatio: false,
      events: [],
      layout: { padding: { top: 20 } },
      scales: {
        x: {
          type: "linear", grid, border,
          ticks: { ...ticks, callback: (value) => scene.picture?.captions.time(Number(value), span()) ?? "" },
          afterBuildTicks(axis) {
            const most = Math.max(2, Math.floor((axis.chart.width - AXIS_WIDTH) / TICK_EVERY.x));
            // A label at the very edge would be cut off, or push the plot aside.
            const first = axis.min + (axis.max - axis.min) * (EDGE_PX / axis.chart.width);
            const values = scene.picture?.captions.timeTicks(axis.min, axis.max, most) ?? [];
            axis.ticks = values.filter((value) => value >= first).map((value) => ({ value }));
          },
          afterFit(axis) {
            axis.paddingLeft = axis.paddingRight = 0;
          },
        },
        y: {
          position: "right", stack: "panes", stackWeight: MAIN_SHARE, border, afterFit: fixedWidth,
          grid: { ...grid, color: (context) => (context.tick.value === 0 && scene.picture?.line !== "value" ? palette.zero : palette.grid) },
          ticks: { ...ticks, callback: (value) => scene.picture?.captions.axis(height.back(Number(value)), step) ?? "" },
          afterBuildTicks(axis) {
            const most = Math.max(2, Math.floor((axis.chart.height * 0.7) / TICK_EVERY.y));
            const made = valueTicks(height, { low: axis.min, high: axis.max }, most);
            step = made.step;
            axis.ticks = made.values.map((value) => ({ value: height.of(value) })).filter((tick) => isFree(axis, tick.value));
          },
        },
        drawdown: {
          position: "right", stack: "panes", stackWeight: 1, border, afterFit: fixedWidth, grid,
          ticks: { ...ticks, callback: (value) => scene.picture?.captions.drawdown(Number(value)) ?? "" },
          afterBuildTicks(axis) {
            const most = Math.max(1, Math.floor((axis.chart.height * 0.2) / TICK_EVERY.drawdown));
            axis.ticks = valueTicks(heightOf("pnl", false), { low: axis.min, high: 0 }, most).values.map((value) => ({ value }));
          },
        },
      },
    },
    plugins: [{ id: "frame", afterLayout: (made) => { scene.frame = frameOf(made); } }, painter(scene, palette)],
  });

  function span(): number {
    return scene.picture ? scene.picture.view.to - scene.picture.view.from : 0;
  }

  function plotWidth(): number {
    return Math.max(1, chart.width - (chart.width < NARROW ? NARROW_AXIS_WIDTH : AXIS_WIDTH));
  }

  /** The rebuilt part ends with the first live point, so that the line does not tear there. */
  function splitAtLive(indices: readonly number[], columns: Picture["columns"]): [number[], number[]] {
    if (columns.liveFrom === null) return [[], [...indices]];
    const live = firstAt(columns.times, columns.liveFrom);
    const cut = indices.findIndex((index) => index >= live);
    if (cut < 0) return [[...indices], []];
    return cut === 0 ? [[], [...indices]] : [indices.slice(0, cut + 1), indices.slice(cut)];
  }

  function fill(picture: Picture): void {
    const { columns, view } = picture;
    const { times } = columns;
    const values = columns[picture.line];
    const strokeMs = ((view.to - view.from) / plotWidth()) * 2;
    const of = (index: number): number => height.of(values[index] ?? Number.NaN);
    const [rebuilt, live] = splitAtLive(drawnIndices(columns, values, view, plotWidth()), columns).map((part) => spots(part, times, of, strokeMs));
    const below = picture.drawdown ? spots(drawnIndices(columns, columns.drawdown, view, plotWidth()), times, (index) => columns.drawdown[index] ?? Number.NaN, strokeMs) : [];
    [rebuilt ?? [], live ?? [], below].forEach((data, place) => {
      const dataset = chart.data.datasets[place];
      if (dataset) dataset.data = data;
    });
    scaleTo(picture, reachOf([...(rebuilt ?? []), ...(live ?? [])]) ?? { low: 0, high: 1 }, reachOf(below) ?? { low: -1, high: 0 });
  }

  function scaleTo(picture: Picture, main: Reach, below: Reach): void {
    const { x, y, drawdown } = chart.options.scales ?? {};
    const paneHeight = Math.max(80, (chart.height - 54) * (picture.drawdown ? MAIN_SHARE / (MAIN_SHARE + 1) : 1));
    const reach = withAir(main, AIR_PX.above / paneHeight, AIR_PX.below / paneHeight);
    if (x) Object.assign(x, { min: picture.view.from, max: picture.view.to });
    if (y) Object.assign(y, { min: reach.low, max: reach.high });
    const deepest = Math.min(-0.1, below.low * 1.15);
    if (drawdown) Object.assign(drawdown, { display: picture.drawdown, min: deepest, max: deepest * -TITLE_SHARE });
    const above = shade(palette.line);
    for (const dataset of chart.data.datasets.slice(0, 2)) {
      dataset.backgroundColor = above;
      dataset.fill = picture.line === "value" ? "start" : { target: { value: 0 }, above, below: palette.lossFill };
    }
  }

  /** Stronger at the top, almost nothing at the foot. */
  function shade(colour: string): CanvasGradient {
    const { top, bottom } = scene.frame?.main ?? { top: 0, bottom: chart.height };
    const gradient = chart.ctx.createLinearGradient(0, top, 0, bottom);
    gradient.addColorStop(0, `color-mix(in srgb, ${colour} 24%, transparent)`);
    gradient.addColorStop(1, `color-mix(in srgb, ${colour} 2%, transparent)`);
    return gradient;
  }

  function frameOf(made: Chart): Frame {
    const { x, y, drawdown } = made.scales;
    const { left, right } = made.chartArea;
    const pixel = (axis: Scale | undefined, value: number): number => axis?.getPixelForValue(value) ?? Number.NaN;
    const shown = scene.picture?.drawdown === true && drawdown ? { top: drawdown.top, bottom: drawdown.bottom } : null;
    return {
      left, right,
      main: { top: y?.top ?? 0, bottom: y?.bottom ?? 0 },
      drawdown: shown,
      xOf: (ms) => pixel(x, ms),
      timeAt: (at) => x?.getValueForPixel(at) ?? 0,
      yOf: (value) => pixel(y, height.of(value)),
      drawdownYOf: (value) => pixel(drawdown, value),
    };
  }

  function draw(picture: Picture): Frame {
    scene.picture = picture;
    height = heightOf(picture.line, picture.log);
    fill(picture);
    chart.update("none");
    return scene.frame ?? frameOf(chart);
  }

  return { draw, resize: (width, tall) => { chart.resize(width, tall); }, destroy: () => { chart.destroy(); } };
}
