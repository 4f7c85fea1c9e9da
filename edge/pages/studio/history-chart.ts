import type { StreamSample } from "../../protocol/stream-health.ts";
import { element, setText, svgElement } from "../shared/element.ts";
import { type ChartPoint, chartLines, nearestPoint } from "./chart-geometry.ts";

export interface ChartSettings {
  title: string;
  value(sample: StreamSample): number;
  words(value: number): string;
  /** The scale goes at least so far up. */
  leastTop: number;
}

const size = { width: 300, height: 64 };
const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });

/** One value over time; the pointer reads it at any moment. */
export class HistoryChart {
  readonly root: HTMLElement;
  #settings: ChartSettings;
  #now = element("span", { class: "chart-now" });
  #top = element("span", { class: "chart-top" });
  #cursor = svgElement("line", { class: "chart-cursor", y1: 0, y2: size.height, visibility: "hidden" });
  #drawing = svgElement("g");
  #svg = svgElement(
    "svg",
    {
      class: "chart-lines",
      viewBox: `0 0 ${size.width} ${size.height}`,
      preserveAspectRatio: "none",
      role: "img",
    },
    this.#drawing,
    this.#cursor,
  );
  #points: ChartPoint[] = [];
  #span = { from: 0, to: 1 };

  constructor(settings: ChartSettings) {
    this.#settings = settings;
    this.root = element(
      "figure",
      { class: "chart" },
      element(
        "figcaption",
        { class: "chart-head" },
        element("span", { class: "chart-title" }, settings.title),
        this.#now,
      ),
      element("div", { class: "chart-body" }, this.#svg, this.#top),
    );
    this.#svg.addEventListener("pointermove", (event) => this.#read(event));
    this.#svg.addEventListener("pointerleave", () => this.#showNewest());
  }

  show(samples: StreamSample[], from: number, to: number): void {
    const { value, words, title, leastTop } = this.#settings;
    this.#points = samples.map((sample) => ({ at: Date.parse(sample.at), value: value(sample) }));
    this.#span = { from, to };
    const { top, lines, areas } = chartLines(this.#points, { ...size, from, to, leastTop });
    this.#drawing.replaceChildren(
      ...areas.map((d) => svgElement("path", { class: "chart-area", d })),
      ...lines.map((d) => svgElement("path", { class: "chart-line", d })),
    );
    setText(this.#top, words(top));
    const values = this.#points.map((point) => point.value);
    const range =
      values.length === 0
        ? "nothing measured yet"
        : `between ${words(Math.min(...values))} and ${words(Math.max(...values))}`;
    this.#svg.setAttribute("aria-label", `${title}: ${range}`);
    this.#showNewest();
  }

  #showNewest(): void {
    this.#cursor.setAttribute("visibility", "hidden");
    const newest = this.#points.at(-1);
    setText(this.#now, newest ? this.#settings.words(newest.value) : "–");
  }

  #read(event: PointerEvent): void {
    const { left, width } = this.#svg.getBoundingClientRect();
    const { from, to } = this.#span;
    const point = nearestPoint(this.#points, from + ((event.clientX - left) / width) * (to - from));
    if (point === null) return;
    const x = String(((point.at - from) / (to - from)) * size.width);
    for (const end of ["x1", "x2"]) this.#cursor.setAttribute(end, x);
    this.#cursor.setAttribute("visibility", "visible");
    setText(this.#now, `${this.#settings.words(point.value)} at ${clock.format(point.at)}`);
  }
}
