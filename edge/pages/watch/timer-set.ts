/** What is to happen in a while, unless all of it is given up before. */
export class TimerSet {
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();

  later(delayMs: number, action: () => unknown): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, delayMs);
    this.#timers.add(timer);
  }

  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
