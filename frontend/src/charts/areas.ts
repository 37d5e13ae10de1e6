/** The light between a line and its base: what Chart.js fills in two clipped passes is one path with one gradient here. */

import type { Chart } from "chart.js";

import type { Palette } from "./palette";
import type { Frame, Pane, Picture } from "./picture";

type Pen = CanvasRenderingContext2D;

function mixed(colour: string, percent: number): string {
  return `color-mix(in srgb, ${colour} ${String(percent)}%, transparent)`;
}

/** Gain's colour above the base, loss's below, both stronger with the distance from it. */
function light(pen: Pen, pane: Pane, base: number, palette: Palette): CanvasGradient {
  const share = (base - pane.top) / Math.max(1, pane.bottom - pane.top);
  const gradient = pen.createLinearGradient(0, pane.top, 0, pane.bottom);
  if (share > 0) {
    gradient.addColorStop(0, mixed(palette.line, 26));
    gradient.addColorStop(share, mixed(palette.line, 3));
  }
  if (share < 1) {
    gradient.addColorStop(share, mixed(palette.loss, 3));
    gradient.addColorStop(1, mixed(palette.loss, 16));
  }
  return gradient;
}

function fillTo(pen: Pen, chart: Chart, dataset: number, base: number): void {
  let last: { x: number } | null = null;
  pen.beginPath();
  for (const spot of chart.getDatasetMeta(dataset).data) {
    if (Number.isNaN(spot.y)) {
      if (last) pen.lineTo(last.x, base);
      last = null;
      continue;
    }
    if (!last) pen.moveTo(spot.x, base);
    pen.lineTo(spot.x, spot.y);
    last = spot;
  }
  if (last) pen.lineTo(last.x, base);
  pen.fill();
}

/** Areas of the first two datasets, the rebuilt and the live part of the line, and of the third, the drawdown. */
export function paintAreas(pen: Pen, picture: Picture, frame: Frame, palette: Palette, chart: Chart): void {
  const { main, drawdown, left, right } = frame;
  pen.save();
  pen.beginPath();
  pen.rect(left, main.top, right - left, (drawdown?.bottom ?? main.bottom) - main.top);
  pen.clip();
  const zero = picture.line === "value" ? main.bottom : frame.yOf(0);
  const base = Math.min(main.bottom, Math.max(main.top, zero));
  pen.fillStyle = light(pen, main, base, palette);
  for (const dataset of [0, 1]) fillTo(pen, chart, dataset, base);
  if (drawdown) {
    pen.fillStyle = mixed(palette.loss, 11);
    fillTo(pen, chart, 2, frame.drawdownYOf(0));
  }
  pen.restore();
}
