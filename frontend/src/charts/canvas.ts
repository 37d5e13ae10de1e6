/** The canvas side of the chart. Loaded only when there is something to draw. */

import { Chart, LinearScale, LineController, LineElement, PointElement, type ChartDataset, type ChartOptions, type Plugin, type Scale } from "chart.js";

import { drawnIndices } from "./decimate";
import { axisWidth, mainHeight, optionsOf } from "./options";
import { painter, type Scene } from "./painter";
import type { Palette } from "./palette";
import type { Frame, Picture } from "./picture";
import { heightOf, withAir } from "./scale";
import { reachOf, splitAtLive, toSpots, type Spot } from "./spots";
import { lengthOf } from "./view";

Chart.register(LineController, LineElement, PointElement, LinearScale);

/** The drawdown's pane keeps this share of its depth free above 0, for its title. */
const TITLE_SHARE = 0.32;
/** Room for the labels of the extremes, and below them for the flows' signs. */
const AIR_PX = { above: 26, below: 50 };
/** A drawdown this small, in percent, still gets a pane of its own height. */
const SHALLOWEST = -0.1;
/** What is not shown takes no height. Chart.js would read 0 as 1. */
const NO_WEIGHT = 1e-6;
/** Two pixels wide, so that a lone snapshot is seen. */
const LONE_PX = 2;

/** Stripes across the canvas: a line stroked with them is dashed along the time axis, however jagged it is. */
function stripes(canvas: HTMLCanvasElement, colour: string): CanvasPattern | string {
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

function frameOf(chart: Chart, scene: Scene): Frame {
  const { x, y, drawdown } = chart.scales;
  const { left, right } = chart.chartArea;
  const pixel = (axis: Scale | undefined, value: number): number => axis?.getPixelForValue(value) ?? Number.NaN;
  return {
    left, right,
    width: chart.width,
    main: { top: y?.top ?? 0, bottom: y?.bottom ?? 0 },
    drawdown: scene.picture?.drawdown === true && drawdown ? { top: drawdown.top, bottom: drawdown.bottom } : null,
    xOf: (ms) => pixel(x, ms),
    timeAt: (at) => x?.getValueForPixel(at) ?? 0,
    yOf: (value) => pixel(y, scene.height.of(value)),
    drawdownYOf: (value) => pixel(drawdown, value),
  };
}

type Lines = [rebuilt: Spot[], live: Spot[], below: Spot[]];
type Scales = ChartOptions<"line">["scales"];

export class ChartCanvas {
  private readonly scene: Scene = { picture: null, frame: null, height: heightOf("twr", false), step: 1, drawdownStep: 1 };
  private readonly canvas: HTMLCanvasElement;
  private readonly palette: Palette;
  private chart: Chart<"line", Spot[]> | null = null;
  private width = 1;
  private height = 1;

  constructor(canvas: HTMLCanvasElement, palette: Palette) {
    this.canvas = canvas;
    this.palette = palette;
  }

  /** Draws now and tells where everything stands. */
  draw(picture: Picture): Frame {
    const { scene } = this;
    scene.picture = picture;
    scene.height = heightOf(picture.line, picture.log);
    const lines: Lines = [...this.lineSpots(picture), picture.drawdown ? this.drawdownSpots(picture) : []];
    if (this.chart) this.again(this.chart, picture, lines);
    const chart = (this.chart ??= this.begun(picture, lines));
    return scene.frame ?? frameOf(chart, scene);
  }

  /** In CSS pixels. What is drawn already is only stretched: draw again. */
  resize(width: number, height: number): void {
    [this.width, this.height] = [width, height];
    this.chart?.resize(width, height);
  }

  destroy(): void {
    this.chart?.destroy();
  }

  /** Chart.js draws while it is being made. So it is made of the first picture, in its size, and draws that once. */
  private begun(picture: Picture, lines: Lines): Chart<"line", Spot[]> {
    const { canvas, scene, palette } = this;
    [canvas.width, canvas.height] = [this.width, this.height];
    const colours = [stripes(canvas, palette.line), palette.line, palette.loss];
    const datasets: ChartDataset<"line", Spot[]>[] = lines.map((data, place) => ({
      data, borderColor: colours[place], borderWidth: place === 2 ? 1 : 1.5, yAxisID: place === 2 ? "drawdown" : "y",
      borderJoinStyle: "bevel", pointRadius: 0, pointHitRadius: 0, tension: 0,
    }));
    const options = optionsOf(scene, palette);
    this.scaleTo(options.scales, picture, lines);
    const frame: Plugin<"line"> = { id: "frame", afterLayout: (chart) => { scene.frame = frameOf(chart, scene); } };
    return new Chart<"line", Spot[]>(canvas, { type: "line", data: { datasets }, options, plugins: [frame, painter(scene, palette)] });
  }

  private again(chart: Chart<"line", Spot[]>, picture: Picture, lines: Lines): void {
    lines.forEach((data, place) => {
      const dataset = chart.data.datasets[place];
      if (dataset) dataset.data = data;
    });
    this.scaleTo(chart.options.scales, picture, lines);
    chart.update("none");
  }

  private plotWidth(): number {
    return Math.max(1, this.width - axisWidth(this.width));
  }

  private lineSpots(picture: Picture): [Spot[], Spot[]] {
    const { columns, view, line } = picture;
    const { height } = this.scene;
    const values = columns[line];
    const width = this.plotWidth();
    const at = (index: number): number => height.of(values[index] ?? Number.NaN);
    const loneMs = (lengthOf(view) / width) * LONE_PX;
    const [rebuilt, live] = splitAtLive(drawnIndices(columns, values, view, width), columns);
    return [toSpots(rebuilt, columns.times, at, loneMs), toSpots(live, columns.times, at, loneMs)];
  }

  /** The small pane is content with every second pixel. */
  private drawdownSpots(picture: Picture): Spot[] {
    const { columns, view } = picture;
    const width = this.plotWidth();
    const at = (index: number): number => columns.drawdown[index] ?? Number.NaN;
    return toSpots(drawnIndices(columns, columns.drawdown, view, width / 2), columns.times, at, (lengthOf(view) / width) * LONE_PX);
  }

  private scaleTo(scales: Scales, picture: Picture, [rebuilt, live, below]: Lines): void {
    const paneHeight = mainHeight(this.height, picture.drawdown);
    const reach = withAir(reachOf(rebuilt, live) ?? { low: 0, high: 1 }, AIR_PX.above / paneHeight, AIR_PX.below / paneHeight);
    const deepest = Math.min(SHALLOWEST, (reachOf(below)?.low ?? 0) * 1.15);
    if (scales?.x) Object.assign(scales.x, { min: picture.view.from, max: picture.view.to });
    if (scales?.y) Object.assign(scales.y, { min: reach.low, max: reach.high });
    if (scales?.drawdown) Object.assign(scales.drawdown, { display: picture.drawdown, stackWeight: picture.drawdown ? 1 : NO_WEIGHT, min: deepest, max: deepest * -TITLE_SHARE });
  }
}
