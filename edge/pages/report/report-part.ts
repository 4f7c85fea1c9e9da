/**
 * A part of the report that is drawn anew only when what it shows has changed, with the focus where it was: a report
 * that refreshes itself must not jump under who reads it.
 */
export class ReportPart<T> {
  readonly #root: HTMLElement;
  readonly #draw: (shown: T) => Node[];
  #drawn = "";

  constructor(root: HTMLElement, draw: (shown: T) => Node[]) {
    this.#root = root;
    this.#draw = draw;
  }

  show(shown: T): void {
    const key = JSON.stringify(shown);
    if (key === this.#drawn) return;
    this.#drawn = key;
    const stops = () => [...this.#root.querySelectorAll<HTMLElement>("a, button, [tabindex]")];
    const focused = stops().indexOf(document.activeElement as HTMLElement);
    this.#root.replaceChildren(...this.#draw(shown));
    if (focused >= 0) stops()[focused]?.focus({ preventScroll: true });
  }
}
