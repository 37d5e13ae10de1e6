/** The canvas side of the return chart. Loaded only when there is something to draw. */

import { Chart, Filler, LinearScale, LineController, LineElement, PointElement, type Plugin } from "chart.js";

import { formatSignedPercent } from "@/lib/format";

import { nearest, tickLabel, timeTicks, withGaps, type Point, type Series } from "./series";

Chart.register(LineController, LineElement, PointElement, LinearScale, Filler);

export interface FlowMark {
  x: number;
  deposit: boolean;
  amountUsd: number;
}

export interface Palette {
  line: string;
  fill: string;
  grid: string;
  zero: string;
  text: string;
  cursor: string;
  deposit: string;
  withdrawal: string;
  font: string;
}

export interface Cursor {
  index: number;
  left: number;
}

export interface TwrChart {
  show: (series: Series, flows: readonly FlowMark[]) => void;
  setCursor: (index: number | null) => void;
  destroy: () => void;
}

interface Scene {
  points: readonly Point[];
  series: Series | null;
  flows: readonly FlowMark[];
  cursor: number | null;
}

/** The page's own colours and font: the canvas does not inherit them. */
export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  return {
    line: token("--bright"),
    fill: token("--chart-fill"),
    grid: token("--chart-grid"),
    zero: token("--line-strong"),
    text: token("--dim"),
    cursor: token("--text"),
    deposit: token("--info"),
    withdrawal: token("--warn"),
    font: token("--mono"),
  };
}

function verticalLine(context: CanvasRenderingContext2D, x: number, top: number, bottom: number): void {
  context.beginPath();
  context.moveTo(x, top);
  context.lineTo(x, bottom);
  context.stroke();
}

/** A deposit points up, a withdrawal down: told apart by shape as well as by colour. */
function drawFlow(context: CanvasRenderingContext2D, x: number, y: number, deposit: boolean): void {
  const tip = deposit ? -7 : 7;
  context.beginPath();
  context.moveTo(x, y + tip);
  context.lineTo(x - 5, y);
  context.lineTo(x + 5, y);
  context.closePath();
  context.fill();
}

function drawExtreme(chart: Chart, context: CanvasRenderingContext2D, point: Point, above: boolean): void {
  const scales = chart.scales as Record<string, { getPixelForValue: (value: number) => number }>;
  const x = scales.x?.getPixelForValue(point.x) ?? 0;
  const y = scales.y?.getPixelForValue(point.y) ?? 0;
  const { left, right } = chart.chartArea;
  context.beginPath();
  context.arc(x, y, 3, 0, Math.PI * 2);
  context.fill();
  context.textAlign = x - left < 70 ? "left" : right - x < 70 ? "right" : "center";
  context.textBaseline = above ? "bottom" : "top";
  context.fillText(`${above ? "max" : "min"} ${formatSignedPercent(point.y)}`, x, y + (above ? -7 : 7));
}

function marksPlugin(scene: Scene, palette: Palette): Plugin<"line"> {
  return {
    id: "marks",
    afterDatasetsDraw(chart) {
      const { ctx, chartArea, scales } = chart;
      const xScale = scales.x;
      if (!xScale || scene.points.length === 0) return;
      ctx.save();
      ctx.font = `11px ${palette.font}`;
      for (const flow of scene.flows) {
        if (flow.x < xScale.min || flow.x > xScale.max) continue;
        const x = xScale.getPixelForValue(flow.x);
        ctx.strokeStyle = ctx.fillStyle = flow.deposit ? palette.deposit : palette.withdrawal;
        ctx.lineWidth = 1;
        ctx.setLineDash([2, 4]);
        ctx.globalAlpha = 0.45;
        verticalLine(ctx, x, chartArea.top, chartArea.bottom);
        ctx.globalAlpha = 1;
        ctx.setLineDash([]);
        drawFlow(ctx, x, chartArea.bottom - 9, flow.deposit);
      }
      ctx.fillStyle = palette.cursor;
      if (scene.series?.highest) drawExtreme(chart, ctx, scene.series.highest, true);
      if (scene.series?.lowest) drawExtreme(chart, ctx, scene.series.lowest, false);
      const at = scene.cursor === null ? undefined : scene.points[scene.cursor];
      if (at) {
        const x = xScale.getPixelForValue(at.x);
        ctx.strokeStyle = palette.cursor;
        ctx.lineWidth = 1;
        verticalLine(ctx, x, chartArea.top, chartArea.bottom);
        ctx.beginPath();
        ctx.arc(x, scales.y?.getPixelForValue(at.y) ?? 0, 4, 0, Math.PI * 2);
        ctx.fill();
      }
      ctx.restore();
    },
  };
}

/** `onCursor` hears which point the pointer is nearest to, and how far right it stands (CSS pixels). */
export function createTwrChart(
  canvas: HTMLCanvasElement,
  palette: Palette,
  onCursor: (cursor: Cursor | null) => void,
): TwrChart {
  const scene: Scene = { points: [], series: null, flows: [], cursor: null };
  Chart.defaults.font.family = palette.font;
  const chart = new Chart<"line", Point[]>(canvas, {
    type: "line",
    data: {
      datasets: [
        { data: [], borderColor: palette.line, backgroundColor: palette.fill, borderWidth: 1.6, pointRadius: 0, pointHitRadius: 0, fill: "origin", tension: 0 },
      ],
    },
    options: {
      parsing: false,
      normalized: true,
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      layout: { padding: { top: 6, right: 4 } },
      events: ["mousemove", "mouseout", "touchstart", "touchmove"],
      onHover(event) {
        const xScale = chart.scales.x;
        const inside = event.type !== "mouseout" && event.x !== null && xScale !== undefined;
        const index = inside ? nearest(scene.points, xScale.getValueForPixel(event.x ?? 0) ?? 0) : -1;
        report(index < 0 ? null : index);
      },
      scales: {
        x: {
          type: "linear",
          grid: { color: palette.grid, drawTicks: false },
          border: { display: false },
          ticks: {
            color: palette.text,
            font: { size: 11 },
            maxRotation: 0,
            padding: 8,
            callback(value) {
              return tickLabel(Number(value), this.max - this.min);
            },
          },
          afterBuildTicks(axis) {
            const most = Math.max(2, Math.floor(axis.chart.width / 110));
            axis.ticks = timeTicks(axis.min, axis.max, most).map((value) => ({ value }));
          },
        },
        y: {
          position: "right",
          grace: "20%",
          grid: { color: (context) => (context.tick.value === 0 ? palette.zero : palette.grid), drawTicks: false },
          border: { display: false },
          ticks: {
            color: palette.text,
            font: { size: 11 },
            padding: 8,
            maxTicksLimit: 7,
            callback: (value) => `${formatSignedPercent(Number(value), 1)}`,
          },
        },
      },
    },
    plugins: [marksPlugin(scene, palette)],
  });

  function report(index: number | null): void {
    setCursor(index);
    const point = index === null ? undefined : scene.points[index];
    onCursor(point === undefined || index === null ? null : { index, left: chart.scales.x?.getPixelForValue(point.x) ?? 0 });
  }

  function setCursor(index: number | null): void {
    if (scene.cursor === index) return;
    scene.cursor = index;
    chart.draw();
  }

  function show(series: Series, flows: readonly FlowMark[]): void {
    Object.assign(scene, { points: series.points, series, flows, cursor: null });
    const dataset = chart.data.datasets[0];
    if (dataset) dataset.data = withGaps(series.points);
    const xOptions = chart.options.scales?.x;
    if (xOptions) Object.assign(xOptions, { min: series.points[0]?.x, max: series.last?.x });
    chart.update("none");
  }

  return { show, setCursor: report, destroy: () => { chart.destroy(); } };
}
