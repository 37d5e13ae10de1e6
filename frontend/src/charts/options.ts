/** How Chart.js is set up: two panes over one time axis, every label and tick decided by us, nothing animated. */

import type { ChartOptions, Scale } from "chart.js";

import type { Scene } from "./painter";
import type { Palette } from "./palette";
import { heightOf, valueTicks } from "./scale";

const AXIS_WIDTH = 76;
const NARROW_AXIS_WIDTH = 66;
const NARROW = 480;
/** The time axis with its labels and the free line above the panes. */
const FRAME_PX = 54;
/** How much taller the main pane is. */
const MAIN_SHARE = 3.4;
/** CSS pixels from one label to the next, at least. */
const TICK_EVERY = { x: 74, y: 46, drawdown: 26 };
/** A label nearer to the left edge would be cut off, or push the plot aside. */
const EDGE_PX = 30;
/** Half the height of a label and of the tag of the last value. */
const TAG_PX = 15;

/** A fixed width: the plot must not move when a label grows by a digit. */
export function axisWidth(chartWidth: number): number {
  return chartWidth < NARROW ? NARROW_AXIS_WIDTH : AXIS_WIDTH;
}

export function mainHeight(chartHeight: number, drawdown: boolean): number {
  return Math.max(80, (chartHeight - FRAME_PX) * (drawdown ? MAIN_SHARE / (MAIN_SHARE + 1) : 1));
}

/** No label at the very foot, where the flows' signs and the pane below begin, nor under the tag of the last value. */
function isFree(axis: Scale, at: number, scene: Scene): boolean {
  const { picture } = scene;
  if (!picture) return false;
  const perPx = (axis.max - axis.min) / mainHeight(axis.chart.height, picture.drawdown);
  const values = picture.columns[picture.line];
  const last = values.length - 1;
  const isTagged = (picture.columns.times[last] ?? Infinity) <= picture.view.to;
  const isUnderTag = isTagged && Math.abs(scene.height.of(values[last] ?? Number.NaN) - at) < perPx * TAG_PX;
  return at >= axis.min + perPx * TAG_PX && !isUnderTag;
}

function timeTicks(axis: Scale, scene: Scene): void {
  const most = Math.max(2, Math.floor((axis.chart.width - axisWidth(axis.chart.width)) / TICK_EVERY.x));
  const first = axis.min + (axis.max - axis.min) * (EDGE_PX / axis.chart.width);
  const values = scene.picture?.captions.timeTicks(axis.min, axis.max, most) ?? [];
  axis.ticks = values.filter((value) => value >= first).map((value) => ({ value }));
}

function heightTicks(axis: Scale, scene: Scene): void {
  const most = Math.max(2, Math.floor(mainHeight(axis.chart.height, true) / TICK_EVERY.y));
  const made = valueTicks(scene.height, { low: axis.min, high: axis.max }, most);
  scene.step = made.step;
  axis.ticks = made.values.map((value) => ({ value: scene.height.of(value) })).filter((tick) => isFree(axis, tick.value, scene));
}

function drawdownTicks(axis: Scale, scene: Scene): void {
  const most = Math.max(1, Math.floor((axis.chart.height * 0.2) / TICK_EVERY.drawdown));
  const made = valueTicks(heightOf("pnl", false), { low: axis.min, high: 0 }, most);
  scene.drawdownStep = made.step;
  axis.ticks = made.values.map((value) => ({ value }));
}

export function optionsOf(scene: Scene, palette: Palette): ChartOptions<"line"> {
  const ticks = { color: palette.text, font: { size: 11, family: palette.font }, padding: 8, maxRotation: 0, autoSkip: false } as const;
  const grid = { color: palette.grid, drawTicks: false } as const;
  const pane = { position: "right", stack: "panes", border: { display: false }, afterFit: (axis: Scale) => { axis.width = axisWidth(axis.chart.width); } } as const;
  return {
    parsing: false, normalized: true, animation: false, responsive: false, maintainAspectRatio: false, events: [],
    layout: { padding: { top: 20 } },
    scales: {
      x: {
        type: "linear", grid, border: { display: false },
        ticks: { ...ticks, callback: (value) => scene.picture?.captions.time(Number(value), scene.picture.view.to - scene.picture.view.from) ?? "" },
        afterBuildTicks: (axis) => { timeTicks(axis, scene); },
        afterFit: (axis) => { axis.paddingLeft = axis.paddingRight = 0; },
      },
      y: {
        ...pane, stackWeight: MAIN_SHARE,
        grid: { ...grid, color: (context) => (context.tick.value === 0 && scene.picture?.line !== "value" ? palette.zero : palette.grid) },
        ticks: { ...ticks, callback: (value) => scene.picture?.captions.axis(scene.height.back(Number(value)), scene.step) ?? "" },
        afterBuildTicks: (axis) => { heightTicks(axis, scene); },
      },
      drawdown: {
        ...pane, stackWeight: 1, grid,
        ticks: { ...ticks, callback: (value) => scene.picture?.captions.drawdown(Number(value), scene.drawdownStep) ?? "" },
        afterBuildTicks: (axis) => { drawdownTicks(axis, scene); },
      },
    },
  };
}
