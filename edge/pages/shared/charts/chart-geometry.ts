/** Lines of a small chart, from samples to SVG paths. Pure. */

export interface ChartPoint {
  /** Milliseconds since the epoch, or whatever else the lower axis counts. */
  at: number;
  value: number;
}

export interface ChartFrame {
  width: number;
  height: number;
  from: number;
  to: number;
  /** The scale goes at least so far up. */
  leastTop: number;
}

export interface ChartLines {
  /** What the upper edge means. */
  top: number;
  /** One a stretch without a gap. */
  lines: string[];
  /** The same, closed down to the ground. */
  areas: string[];
}

/** Samples come every 10 s, or further apart in a long span: more than three times as long is a gap. */
const gapSteps = 3;
const leastGapMs = 35_000;

export function chartLines(points: readonly ChartPoint[], frame: ChartFrame): ChartLines {
  const { seen, top, x, y } = scaled(points, frame);
  const lines: string[] = [];
  const areas: string[] = [];
  for (const stretch of stretches(seen)) {
    const line = stretch.map(({ at, value }, index) => `${index === 0 ? "M" : "L"}${x(at)} ${y(value)}`);
    // A single sample is a dot, which a line of no length with round ends draws.
    if (stretch.length === 1) line.push(`l0.01 0`);
    lines.push(line.join(""));
    const [first, last] = [stretch[0]!, stretch.at(-1)!];
    areas.push(`${line.join("")}L${x(last.at)} ${frame.height}L${x(first.at)} ${frame.height}Z`);
  }
  return { top, lines, areas };
}

/** The same as bars, each standing for the `width` (milliseconds) around its sample: areas without a line. */
export function chartBars(points: readonly ChartPoint[], width: number, frame: ChartFrame): ChartLines {
  const { seen, top, x, y } = scaled(points, frame);
  const bars = seen
    .filter(({ value }) => value > 0)
    .map(({ at, value }) => {
      const left = x(Math.max(frame.from, at - width / 2));
      return `M${left} ${frame.height}V${y(value)}H${x(Math.min(frame.to, at + width / 2))}V${frame.height}Z`;
    });
  return { top, lines: [], areas: bars.length === 0 ? [] : [bars.join("")] };
}

/** The samples within the frame, and where its scales put them. */
function scaled(points: readonly ChartPoint[], { width, height, from, to, leastTop }: ChartFrame) {
  const seen = points.filter(({ at }) => at >= from && at <= to);
  const top = niceTop(Math.max(leastTop, ...seen.map(({ value }) => value)));
  const x = (at: number) => round(((at - from) / (to - from)) * width);
  const y = (value: number) => round(height - (Math.min(value, top) / top) * height);
  return { seen, top, x, y };
}

/** The sample that was taken closest to an instant, if any was taken near it. */
export function nearestPoint<Point extends { at: number }>(
  points: readonly Point[],
  at: number,
): Point | null {
  let nearest: Point | null = null;
  for (const point of points)
    if (nearest === null || Math.abs(point.at - at) < Math.abs(nearest.at - at)) nearest = point;
  return nearest;
}

function stretches(points: readonly ChartPoint[]): ChartPoint[][] {
  const steps = points.slice(1).map(({ at }, index) => at - points[index]!.at);
  const usual = steps.toSorted((a, b) => a - b)[Math.floor((steps.length - 1) / 2)] ?? 0;
  const gap = Math.max(leastGapMs, usual * gapSteps);
  const all: ChartPoint[][] = [];
  for (const point of points) {
    const last = all.at(-1)?.at(-1);
    if (last && point.at - last.at <= gap) all.at(-1)!.push(point);
    else all.push([point]);
  }
  return all;
}

/** The next of 1, 2, 3, 4, 5, 6, 8, 10 times a power of ten, so that the scale does not move with every sample. */
function niceTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 3, 4, 5, 6, 8].find((step) => step * power >= value) ?? 10) * power;
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
