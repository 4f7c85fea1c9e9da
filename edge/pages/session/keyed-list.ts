export interface Card<T> {
  root: HTMLElement;
  /** Called for the first time and after every change. */
  show(item: T): void;
}

/** Keeps one card an item, in the order of the items; cards that stay keep their focus, and what was typed in them. */
export class KeyedList<T> {
  #parent: HTMLElement;
  #make: (item: T) => Card<T>;
  #cards = new Map<string, Card<T>>();

  constructor(parent: HTMLElement, make: (item: T) => Card<T>) {
    this.#parent = parent;
    this.#make = make;
  }

  show(items: readonly (readonly [key: string, item: T])[]): void {
    const focused = document.activeElement;
    const wanted = new Set(items.map(([key]) => key));
    for (const [key, { root }] of this.#cards) {
      if (wanted.has(key)) continue;
      root.remove();
      this.#cards.delete(key);
    }
    let next: Element | null = null;
    for (const [key, item] of items.toReversed()) {
      let card = this.#cards.get(key);
      if (!card) {
        card = this.#make(item);
        this.#cards.set(key, card);
      }
      card.show(item);
      const { root } = card;
      if (root.parentElement !== this.#parent || root.nextElementSibling !== next)
        this.#parent.insertBefore(root, next);
      next = root;
    }
    // Moving an element takes its focus away.
    if (
      focused instanceof HTMLElement &&
      focused !== document.activeElement &&
      this.#parent.contains(focused)
    )
      focused.focus({ preventScroll: true });
  }
}
