import { element, setText, svgElement } from "../element.ts";
import type { Tick } from "./chart-axis.ts";
import { type ChartFrame, type ChartPoint, chartBars, chartLines, nearestPoint } from "./chart-geometry.ts";

export interface ChartSettings {
  title: string | HTMLElement;
  /** What it is called where there is nothing to see. */
  name: string;
  words(value: number): string;
  /** What a place on the lower axis is called: a time, or how far into something. */
  atWords(at: number): string;
  /** The scale goes at least so far up. */
  leastTop: number;
  /** Makes the lines behind the drawing; without it there is the upper end alone. */
  axis?: { values(top: number): Tick[]; places(from: number, to: number): Tick[] };
  /** What stands beside the title while nothing is read; else the newest value. */
  atRest?: string;
}

export interface ChartDrawing {
  /** Makes bars of the points, so wide on the lower axis; without it a line goes from one to the next. */
  barWidth?: number;
  /** Where lines go down through the drawing. */
  marks?: readonly number[];
}

const size = { width: 300, height: 64 };

/** One value over a time; pointer, finger and arrow keys read it at any place. */
export class Chart {
  readonly root: HTMLElement;
  /** Told of the place that is read, null when nothing is any more. */
  onRead: (at: number | null) => void = () => undefined;
  #settings: ChartSettings;
  #now = element("span", { class: "chart-now" });
  #values = element("div", { class: "chart-values", "aria-hidden": "true" });
  #places = element("div", { class: "chart-places", "aria-hidden": "true" });
  #cursor = svgElement("line", { class: "chart-cursor", y1: 0, y2: size.height, visibility: "hidden" });
  #drawing = svgElement("g");
  #svg = svgElement(
    "svg",
    {
      class: "chart-lines",
      viewBox: `0 0 ${size.width} ${size.height}`,
      preserveAspectRatio: "none",
      "aria-hidden": "true",
    },
    this.#drawing,
    this.#cursor,
  );
  /** An axis that arrow keys move along is a slider to who cannot see it. */
  #body = element("div", { class: "chart-body", role: "slider", tabindex: 0, "aria-valuemin": 0 });
  #points: ChartPoint[] = [];
  #span = { from: 0, to: 1 };
  #reads: ChartPoint | null = null;
  /** The pointer has chosen what is read, and no key since. */
  #isPointed = false;

  constructor(settings: ChartSettings) {
    this.#settings = settings;
    this.#body.append(this.#values, this.#svg);
    this.#body.setAttribute("aria-label", settings.name);
    this.root = element(
      "figure",
      { class: "chart", "data-axis": settings.axis !== undefined },
      element(
        "figcaption",
        { class: "chart-head" },
        element("span", { class: "chart-title" }, settings.title),
        this.#now,
      ),
      this.#body,
      settings.axis ? this.#places : null,
    );
    this.#body.addEventListener("pointermove", (event) => this.#readAt(event));
    this.#body.addEventListener("pointerdown", (event) => this.#readAt(event));
    this.#body.addEventListener("blur", () => this.#tell(null));
    // What keys read stays: a pointer that rests leaves when the page scrolls under it.
    this.#body.addEventListener("pointerleave", () => {
      if (this.#isPointed) this.#tell(null);
    });
    this.#body.addEventListener("keydown", (event) => this.#key(event));
  }

  show(
    points: readonly ChartPoint[],
    from: number,
    to: number,
    { barWidth, marks = [] }: ChartDrawing = {},
  ): void {
    const { words, leastTop, axis } = this.#settings;
    this.#points = [...points];
    this.#span = { from, to };
    const frame: ChartFrame = { ...size, from, to, leastTop };
    const { top, lines, areas } =
      barWidth === undefined ? chartLines(points, frame) : chartBars(points, barWidth, frame);
    const values = axis?.values(top) ?? [{ at: top, words: words(top) }];
    const y = (value: number) => size.height * (1 - value / top);
    this.#drawing.replaceChildren(
      ...(axis ? values : []).map(({ at }) =>
        svgElement("line", { class: "chart-grid", x2: size.width, y1: y(at), y2: y(at) }),
      ),
      ...areas.map((d) => svgElement("path", { class: lines.length > 0 ? "chart-area" : "chart-bars", d })),
      ...lines.map((d) => svgElement("path", { class: "chart-line", d })),
      ...marks.map((at) =>
        svgElement("line", { class: "chart-mark", x1: this.#x(at), x2: this.#x(at), y2: size.height }),
      ),
    );
    this.#values.replaceChildren(...values.map((tick) => label(tick, "top", 1 - tick.at / top)));
    this.#places.replaceChildren(
      ...(axis?.places(from, to) ?? []).map((tick) => label(tick, "left", (tick.at - from) / (to - from))),
    );
    const again = this.#reads && nearestPoint(this.#points, this.#reads.at);
    this.read(again?.at ?? null);
  }

  /** Shows the value closest to a place; null shows what stands there at rest. */
  read(at: number | null): void {
    const { words, atWords, atRest } = this.#settings;
    const point = at === null ? null : nearestPoint(this.#points, at);
    this.#reads = point;
    this.#cursor.setAttribute("visibility", point ? "visible" : "hidden");
    if (point) for (const end of ["x1", "x2"]) this.#cursor.setAttribute(end, String(this.#x(point.at)));
    const newest = this.#points.at(-1);
    const reading = point && `${words(point.value)} at ${atWords(point.at)}`;
    setText(this.#now, reading ?? atRest ?? (newest ? words(newest.value) : "–"));
    this.#body.setAttribute("aria-valuemax", String(Math.max(0, this.#points.length - 1)));
    this.#body.setAttribute("aria-valuenow", String(point ? this.#points.indexOf(point) : 0));
    this.#body.setAttribute("aria-valuetext", reading ?? this.#range());
  }

  #range(): string {
    const { words } = this.#settings;
    if (this.#points.length === 0) return "nothing measured yet";
    const values = this.#points.map(({ value }) => value);
    return `between ${words(Math.min(...values))} and ${words(Math.max(...values))}`;
  }

  #x(at: number): number {
    const { from, to } = this.#span;
    return ((at - from) / (to - from)) * size.width;
  }

  #tell(at: number | null): void {
    this.read(at);
    this.onRead(at);
  }

  #readAt(event: PointerEvent): void {
    this.#isPointed = true;
    const { left, width } = this.#svg.getBoundingClientRect();
    const { from, to } = this.#span;
    this.#tell(from + ((event.clientX - left) / width) * (to - from));
  }

  #key(event: KeyboardEvent): void {
    const last = this.#points.length - 1;
    const here = this.#reads ? this.#points.indexOf(this.#reads) : last + 1;
    const next = nextIndex(event.key, here, last);
    if (next === null || last < 0) return;
    event.preventDefault();
    this.#isPointed = false;
    this.#tell(this.#points[Math.min(last, Math.max(0, next))]!.at);
  }
}

/** Moves the cursor of all along with that of each. */
export function readTogether(charts: readonly Chart[]): void {
  for (const chart of charts)
    chart.onRead = (at) => {
      for (const other of charts) if (other !== chart) other.read(at);
    };
}

function nextIndex(key: string, here: number, last: number): number | null {
  const far = Math.max(1, Math.round(last / 10));
  const moves: Record<string, number> = {
    ArrowLeft: here - 1,
    ArrowDown: here - 1,
    ArrowRight: here + 1,
    ArrowUp: here + 1,
    PageDown: here - far,
    PageUp: here + far,
    Home: 0,
    End: last,
  };
  return moves[key] ?? null;
}

function label({ words }: Tick, edge: "top" | "left", share: number): HTMLElement {
  // What stands at an end must not hang over it.
  const end = share < 0.03 ? "start" : share > 0.97 ? "end" : null;
  const place = element("span", { "data-end": edge === "left" ? end : null }, words);
  place.style[edge] = `${Math.round(share * 10_000) / 100}%`;
  return place;
}
