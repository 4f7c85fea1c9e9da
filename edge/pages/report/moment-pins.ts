import type { ReportMoment } from "../../protocol/analytics.ts";
import { element } from "../shared/element.ts";
import { momentLine, momentWords } from "./moment-words.ts";
import { type Pin, pinLayout } from "./pin-layout.ts";
import { momentTime } from "./report-words.ts";

const sizes = { pinWidth: 28, wideWidth: 52, rows: 3 };
const rowHeight = 26;
/** What is left of a sheet of A4 beside its margins and the chart's amounts, in CSS pixels. */
const sheetWidth = 624;

/** Numbered pins above a chart, and the list that says what each stands for. */
export class MomentPins {
  readonly root = element("ol", { class: "pins" });
  readonly list: HTMLElement;
  #moments: readonly ReportMoment[] = [];
  #places: readonly number[] = [];
  #isLong = false;

  constructor(list: HTMLElement) {
    this.list = list;
    new ResizeObserver(() => this.#lay(this.root.clientWidth)).observe(this.root);
    // On a phone a long list scrolls by itself, and must then be reached by keys.
    new ResizeObserver(() => {
      if (list.scrollHeight > list.clientHeight + 1) list.tabIndex = 0;
      else list.removeAttribute("tabindex");
    }).observe(list);
    addEventListener("beforeprint", () => this.#lay(sheetWidth));
    addEventListener("afterprint", () => this.#lay(this.root.clientWidth));
  }

  /** `places` are those of the moments, 0 to 1; both in the order of time. */
  show(moments: readonly ReportMoment[], places: readonly number[], isLong: boolean): void {
    this.#moments = moments;
    this.#places = places;
    this.#isLong = isLong;
    this.#lay(this.root.clientWidth);
    this.list.replaceChildren(
      ...moments.map((moment, index) =>
        element(
          "li",
          { class: "moment", id: `moment-${index + 1}` },
          element("span", { class: "pin-mark", "data-kind": moment.kind }, String(index + 1)),
          element("time", { datetime: moment.at }, momentTime(moment.at, isLong)),
          element("span", { class: "moment-words" }, momentLine(moment)),
        ),
      ),
    );
  }

  #lay(width: number): void {
    if (width === 0) return;
    const pins = pinLayout(this.#places, { width, ...sizes });
    const rows = 1 + Math.max(-1, ...pins.map(({ row }) => row));
    this.root.style.height = `${rows * rowHeight}px`;
    this.root.replaceChildren(...pins.map((pin) => this.#pin(pin, width)));
  }

  #pin({ first, last, left, row }: Pin, width: number): HTMLElement {
    const moment = this.#moments[first - 1]!;
    const words = first === last ? String(first) : `${first}–${last}`;
    const name =
      first === last
        ? `${first}: ${momentLine(moment)}, ${momentTime(moment.at, this.#isLong)}`
        : `${words}: ${last - first + 1} moments from ${momentTime(moment.at, this.#isLong)}, the first ${momentWords[moment.kind]}`;
    const link = element(
      "a",
      {
        class: "pin-mark",
        "data-kind": moment.kind,
        href: `#moment-${first}`,
        "aria-label": name,
        title: name,
      },
      words,
    );
    const pin = element("li", { class: "pin" }, link);
    // In shares of the width, so that it stands right until the next layout.
    pin.style.left = `${(left / width) * 100}%`;
    pin.style.bottom = `${row * rowHeight}px`;
    return pin;
  }
}
