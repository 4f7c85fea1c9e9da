import { element, setText } from "../element.ts";

export interface TableContent {
  heads: readonly string[];
  /** The first cell of each names it. */
  rows: readonly (readonly string[])[];
}

/** What a chart shows as a table, behind a line to open it: made when it is looked at, for it may be long. */
export class DataTable {
  readonly root: HTMLDetailsElement;
  #name: string;
  #read: () => TableContent = () => ({ heads: [], rows: [] });

  constructor(name: string) {
    this.#name = name;
    this.root = element("details", { class: "chart-table" }, element("summary", {}, "As a table"));
    this.root.addEventListener("toggle", () => this.#draw());
  }

  show(read: () => TableContent): void {
    this.#read = read;
    this.#draw();
  }

  #draw(): void {
    const { root } = this;
    if (!root.open) return;
    const { heads, rows } = this.#read();
    const known = root.querySelectorAll<HTMLElement>("tbody tr");
    // The rows that are there stay: who reads them is not thrown back to the top.
    if (known.length > 0 && known.length <= rows.length) {
      for (const [index, row] of known.entries()) fillRow(row, rows[index]!);
      root.querySelector("tbody")!.append(...rows.slice(known.length).map(bodyRow));
      return;
    }
    root.querySelector(".chart-table-scroll")?.remove();
    root.append(
      element(
        "div",
        {
          class: "chart-table-scroll",
          role: "region",
          tabindex: 0,
          "aria-label": `${this.#name}, as a table`,
        },
        tableOf(this.#name, { heads, rows }),
      ),
    );
  }
}

/** `name` is its caption, for those who do not see what stands above it. */
export function tableOf(name: string, { heads, rows }: TableContent): HTMLTableElement {
  return element(
    "table",
    { class: "table" },
    element("caption", { class: "visually-hidden" }, name),
    element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))),
    element("tbody", {}, ...rows.map(bodyRow)),
  );
}

function bodyRow(cells: readonly string[]): HTMLElement {
  return element(
    "tr",
    {},
    ...cells.map((cell, index) =>
      index === 0 ? element("th", { scope: "row" }, cell) : element("td", {}, cell),
    ),
  );
}

function fillRow(row: HTMLElement, cells: readonly string[]): void {
  for (const [index, cell] of cells.entries()) {
    const place = row.children[index];
    if (place) setText(place, cell);
  }
}
