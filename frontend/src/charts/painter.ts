/** Drawn over the lines: gaps, the border between rebuilt and live, extremes, flows, the last value. */

import type { Chart, Plugin } from "chart.js";

import { paintAreas } from "./areas";
import { extremesOf, firstAt, unknownFrom, type Columns, type Extremes } from "./columns";
import type { FlowGroup } from "./flow-marks";
import type { Palette } from "./palette";
import type { Frame, Picture } from "./picture";
import type { Height } from "./scale";

export interface Scene {
  picture: Picture | null;
  frame: Frame | null;
  height: Height;
  /** Distance of the main axis's ticks, for their labels. */
  step: number;
  /** The same of the pane below. */
  drawdownStep: number;
}

type Pen = CanvasRenderingContext2D;

function upright(pen: Pen, x: number, top: number, bottom: number): void {
  pen.beginPath();
  pen.moveTo(x, top);
  pen.lineTo(x, bottom);
  pen.stroke();
}

/** Told apart by shape as well as by colour: a deposit points up, a withdrawal down, both together make a diamond. */
function flowSign(pen: Pen, x: number, y: number, kind: FlowGroup["kind"]): void {
  pen.beginPath();
  if (kind === "both") {
    for (const [dx, dy] of [[0, -6], [6, 0], [0, 6], [-6, 0]] as const) pen.lineTo(x + dx, y + dy);
  } else {
    const tip = kind === "deposit" ? -5 : 5;
    pen.moveTo(x, y + tip);
    pen.lineTo(x - 5.5, y - tip * 0.8);
    pen.lineTo(x + 5.5, y - tip * 0.8);
  }
  pen.closePath();
  pen.fill();
}

/** Height of the strip at the foot of the main pane where the flows' signs stand. */
export const FLOW_STRIP = 12;

function paintFlows(pen: Pen, picture: Picture, frame: Frame, palette: Palette): void {
  const { view, groups } = picture;
  pen.textAlign = "center";
  pen.textBaseline = "bottom";
  for (const group of groups) {
    if (group.x < view.from || group.x > view.to) continue;
    const x = frame.xOf(group.x);
    pen.strokeStyle = pen.fillStyle = { deposit: palette.deposit, withdrawal: palette.withdrawal, both: palette.strong }[group.kind];
    pen.globalAlpha = 0.4;
    pen.setLineDash([2, 4]);
    upright(pen, Math.round(x) + 0.5, frame.main.top, frame.main.bottom - FLOW_STRIP - 8);
    pen.setLineDash([]);
    pen.globalAlpha = 1;
    flowSign(pen, x, frame.main.bottom - FLOW_STRIP, group.kind);
    if (group.flows.length > 1) pen.fillText(String(group.flows.length), x, frame.main.bottom - FLOW_STRIP - 7);
  }
}

/** Stretches without a line, and in words why there is none. */
function paintStretches(pen: Pen, picture: Picture, frame: Frame, palette: Palette, stretches: Columns["gaps"], words: string, bottom: number): void {
  const { view } = picture;
  pen.textAlign = "center";
  pen.textBaseline = "top";
  for (const [from, to] of stretches) {
    if (to < view.from || from > view.to) continue;
    const left = Math.max(frame.left, frame.xOf(from));
    const width = Math.min(frame.right, frame.xOf(to)) - left;
    if (width < 2) continue;
    pen.globalAlpha = 0.5;
    pen.fillStyle = palette.grid;
    pen.fillRect(left, frame.main.top, width, bottom - frame.main.top);
    pen.globalAlpha = 1;
    pen.fillStyle = palette.text;
    if (width > pen.measureText(words).width + 8) pen.fillText(words, left + width / 2, frame.main.top + 4);
  }
}

function paintGaps(pen: Pen, picture: Picture, frame: Frame, palette: Palette): void {
  const { columns, captions, line } = picture;
  paintStretches(pen, picture, frame, palette, columns.gaps, captions.gap, frame.drawdown?.bottom ?? frame.main.bottom);
  // The return below them is known all the same.
  if (line === "value") paintStretches(pen, picture, frame, palette, columns.unrated, captions.noRate, frame.main.bottom);
}

/** A border through all panes, with words above it. */
function paintBorder(pen: Pen, picture: Picture, frame: Frame, at: number, words: string): void {
  if (at < picture.view.from || at > picture.view.to) return;
  const x = Math.round(frame.xOf(at)) + 0.5;
  pen.setLineDash([6, 4]);
  upright(pen, x, frame.main.top, frame.drawdown?.bottom ?? frame.main.bottom);
  pen.setLineDash([]);
  const fits = x + 8 + pen.measureText(words).width < frame.right;
  pen.textAlign = fits ? "left" : "right";
  pen.textBaseline = "bottom";
  pen.fillText(words, fits ? x + 6 : x - 6, frame.main.top - 4);
}

function paintBorders(pen: Pen, picture: Picture, frame: Frame, palette: Palette): void {
  const { columns, captions, line } = picture;
  pen.strokeStyle = pen.fillStyle = palette.text;
  const live = columns.liveFrom;
  if (live !== null && live > (columns.times[0] ?? live)) paintBorder(pen, picture, frame, live, captions.liveFrom);
  pen.strokeStyle = pen.fillStyle = palette.withdrawal;
  const unknown = unknownFrom(columns, columns[line]);
  if (unknown !== null) paintBorder(pen, picture, frame, unknown, captions.unknownFrom);
}

/** Indices of the visible extremes of the line. */
export function visibleExtremes(picture: Picture): Extremes | null {
  const { times } = picture.columns;
  const first = firstAt(times, picture.view.from);
  const last = firstAt(times, picture.view.to + 1) - 1;
  return extremesOf(picture.columns[picture.line], first, last);
}

function paintExtreme(pen: Pen, picture: Picture, frame: Frame, index: number, above: boolean, ground: string): void {
  const { columns, line, captions } = picture;
  const value = columns[line][index] ?? Number.NaN;
  const y = frame.yOf(value);
  if (Number.isNaN(y)) return;
  const x = frame.xOf(columns.times[index] ?? 0);
  pen.beginPath();
  pen.arc(x, y, 3, 0, Math.PI * 2);
  pen.fill();
  pen.textAlign = x - frame.left < 80 ? "left" : frame.right - x < 80 ? "right" : "center";
  pen.textBaseline = above ? "bottom" : "top";
  const text = `${above ? captions.highest : captions.lowest} ${captions.exact(value)}`;
  pen.lineWidth = 4;
  pen.strokeStyle = ground;
  pen.strokeText(text, x, y + (above ? -7 : 7));
  pen.fillText(text, x, y + (above ? -7 : 7));
  pen.lineWidth = 1;
}

/** The newest value, as a tag on the axis, while it is known and in view. */
function paintLast(pen: Pen, picture: Picture, frame: Frame, palette: Palette): void {
  const { columns, line, view, captions } = picture;
  const index = columns.times.length - 1;
  const at = columns.times[index];
  if (at === undefined || at > view.to || at < view.from) return;
  const value = columns[line][index] ?? Number.NaN;
  const y = frame.yOf(value);
  if (Number.isNaN(y)) return;
  pen.strokeStyle = pen.fillStyle = palette.line;
  pen.globalAlpha = 0.5;
  pen.setLineDash([1, 3]);
  pen.beginPath();
  pen.moveTo(frame.left, Math.round(y) + 0.5);
  pen.lineTo(frame.right, Math.round(y) + 0.5);
  pen.stroke();
  pen.setLineDash([]);
  pen.globalAlpha = 1;
  const text = captions.axis(value, 0);
  const width = pen.measureText(text).width + 12;
  const left = Math.min(frame.right + 1, frame.width - width);
  pen.fillRect(left, y - 9, width, 18);
  pen.fillStyle = palette.ground;
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.fillText(text, left + 6, y + 1);
  pen.fillStyle = palette.line;
  pen.beginPath();
  pen.arc(frame.xOf(at), y, 3.5, 0, Math.PI * 2);
  pen.fill();
}

function paintUnder(pen: Pen, picture: Picture, frame: Frame, palette: Palette, chart: Chart): void {
  paintGaps(pen, picture, frame, palette);
  paintAreas(pen, picture, frame, palette, chart);
}

function paintOver(pen: Pen, picture: Picture, frame: Frame, palette: Palette): void {
  paintBorders(pen, picture, frame, palette);
  paintFlows(pen, picture, frame, palette);
  pen.fillStyle = palette.strong;
  const extremes = visibleExtremes(picture);
  if (extremes && extremes.highest !== extremes.lowest) {
    paintExtreme(pen, picture, frame, extremes.highest, true, palette.ground);
    paintExtreme(pen, picture, frame, extremes.lowest, false, palette.ground);
  }
  paintLast(pen, picture, frame, palette);
  if (!frame.drawdown) return;
  pen.fillStyle = palette.text;
  pen.textAlign = "left";
  pen.textBaseline = "top";
  pen.fillText(picture.captions.drawdownTitle, frame.left + 4, frame.drawdown.top + 4);
}

function saved(chart: Chart, scene: Scene, palette: Palette, paint: typeof paintUnder): void {
  if (!scene.picture || !scene.frame) return;
  const pen = chart.ctx;
  pen.save();
  pen.font = `11px ${palette.font}`;
  pen.lineWidth = 1;
  paint(pen, scene.picture, scene.frame, palette, chart);
  pen.restore();
}

export function painter(scene: Scene, palette: Palette): Plugin<"line"> {
  return {
    id: "painter",
    beforeDatasetsDraw: (chart) => { saved(chart, scene, palette, paintUnder); },
    afterDraw: (chart) => { saved(chart, scene, palette, paintOver); },
  };
}
