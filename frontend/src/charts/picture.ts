/** What the canvas is asked to draw, and what it says about where things stand. */

import type { Columns, Line } from "./columns";
import type { FlowGroup } from "./flow-marks";
import type { View } from "./view";

/** Texts on the canvas; the page's languages and its privacy stay outside the drawing code. */
export interface Captions {
  axis: (value: number, step: number) => string;
  exact: (value: number) => string;
  time: (ms: number, spanMs: number) => string;
  drawdown: (value: number, step: number) => string;
  timeTicks: (from: number, to: number, most: number) => number[];
  highest: string;
  lowest: string;
  liveFrom: string;
  gap: string;
  noRate: string;
  unknownFrom: string;
  drawdownTitle: string;
}

export interface Picture {
  columns: Columns;
  line: Line;
  log: boolean;
  drawdown: boolean;
  view: View;
  groups: readonly FlowGroup[];
  captions: Captions;
}

/** CSS pixels inside the canvas. */
export interface Pane {
  top: number;
  bottom: number;
}

export interface Frame {
  left: number;
  right: number;
  /** Of the whole canvas. */
  width: number;
  main: Pane;
  drawdown: Pane | null;
  xOf: (ms: number) => number;
  timeAt: (x: number) => number;
  /** Of a value of the drawn line. */
  yOf: (value: number) => number;
  drawdownYOf: (value: number) => number;
}
