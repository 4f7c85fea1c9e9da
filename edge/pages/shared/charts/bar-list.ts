import { element } from "../element.ts";

export interface Bar {
  label: string;
  /** Of the whole width, 0 to 1. */
  share: number;
  /** The amount, written at its end. */
  words: string;
}

/** Amounts side by side, each with its name and number: it reads without seeing the bars. */
export function barList(bars: readonly Bar[]): HTMLElement {
  return element("ul", { class: "bars" }, ...bars.map(row));
}

/** Shares of the greatest, so that it fills the width. */
export function ofGreatest<T>(items: readonly T[], amount: (item: T) => number): (item: T) => number {
  const greatest = Math.max(...items.map(amount));
  return (item) => (greatest > 0 ? amount(item) / greatest : 0);
}

function row({ label, share, words }: Bar): HTMLElement {
  const fill = element("span", { class: "bar-fill" });
  fill.style.width = `${Math.round(Math.min(1, Math.max(0, share)) * 1000) / 10}%`;
  return element(
    "li",
    { class: "bar" },
    element("span", { class: "bar-label" }, label),
    element("span", { class: "bar-words" }, words),
    element("span", { class: "bar-track", "aria-hidden": "true" }, fill),
  );
}
