/** The newest events of one session's log, contiguous: everything after `from` up to `head` is held. */
export class EventRing<T extends { readonly seq: number }> {
  #events: T[] = [];
  #head: number;
  readonly #capacity: number;

  constructor(head: number, capacity: number) {
    this.#head = head;
    this.#capacity = capacity;
  }

  get head(): number {
    return this.#head;
  }

  /** Events with a greater seq can be answered from here. */
  get from(): number {
    return this.#head - this.#events.length;
  }

  /**
   * Takes what follows `head` and answers it; what is known already is left out. Events beyond a gap are not taken:
   * `gap` is true, and the log must be read first.
   */
  append(events: readonly T[]): { taken: T[]; gap: boolean } {
    const taken: T[] = [];
    for (const event of events) {
      if (event.seq <= this.#head) continue;
      if (event.seq > this.#head + 1) return this.#answer(taken, true);
      taken.push(event);
      this.#events.push(event);
      this.#head = event.seq;
    }
    return this.#answer(taken, false);
  }

  #answer(taken: T[], gap: boolean) {
    // Cut in steps, so that a busy session does not move the whole array for every event.
    if (this.#events.length > this.#capacity * 2) this.#events = this.#events.slice(-this.#capacity);
    return { taken, gap };
  }

  /** Takes older events: a contiguous run that reaches at least up to `from`. Others are ignored. */
  prepend(events: readonly T[]): void {
    const from = this.from;
    const older = events.filter((event) => event.seq <= from);
    if (older.length === 0 || older[older.length - 1]!.seq !== from) return;
    if (older[0]!.seq !== from - older.length + 1) return;
    this.#events = [...older, ...this.#events];
  }

  /** Everything after `after`, in order; null when some of it is not held. */
  since(after: number): T[] | null {
    if (after >= this.#head) return [];
    return after < this.from ? null : this.#events.slice(after - this.from);
  }
}
