/** Matrix rain on a canvas behind the page. Loaded when it is switched on; stands still and costs nothing while nobody looks. */

const GLYPHS = "0123456789ABCDEF+-*/<>=$%&#".split("");
const CELL_PX = 16;
/** Calm: eight steps a second. */
const STEP_MS = 125;

export interface Rain {
  stop: () => void;
}

/** `colours` are read from the page's tokens: the ground that fades old glyphs, and the ink. */
export function startRain(canvas: HTMLCanvasElement, colours: () => { ground: string; ink: string; font: string }): Rain {
  const context = canvas.getContext("2d");
  let drops: number[] = [];
  let timer: ReturnType<typeof setInterval> | undefined;

  function resize(): void {
    canvas.width = window.innerWidth;
    canvas.height = window.innerHeight;
    const rows = Math.ceil(canvas.height / CELL_PX);
    drops = Array.from({ length: Math.ceil(canvas.width / CELL_PX) }, () => Math.floor(Math.random() * -rows));
  }

  function step(): void {
    if (!context) return;
    const { ground, ink, font } = colours();
    context.globalAlpha = 0.14;
    context.fillStyle = ground;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.globalAlpha = 1;
    context.fillStyle = ink;
    context.font = `13px ${font}`;
    drops.forEach((row, column) => {
      const glyph = GLYPHS[Math.floor(Math.random() * GLYPHS.length)] ?? "0";
      if (row >= 0) context.fillText(glyph, column * CELL_PX, row * CELL_PX);
      drops[column] = row * CELL_PX > canvas.height && Math.random() > 0.96 ? 0 : row + 1;
    });
  }

  function follow(): void {
    clearInterval(timer);
    timer = document.visibilityState === "visible" ? setInterval(step, STEP_MS) : undefined;
  }

  resize();
  follow();
  window.addEventListener("resize", resize);
  document.addEventListener("visibilitychange", follow);
  return {
    stop() {
      clearInterval(timer);
      window.removeEventListener("resize", resize);
      document.removeEventListener("visibilitychange", follow);
    },
  };
}
