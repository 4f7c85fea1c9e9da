/** Actions that are put off for a while, until all of them are called off. */
export class PutOff {
  #timers = new Set<ReturnType<typeof setTimeout>>();

  later(delayMs: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, delayMs);
    this.#timers.add(timer);
  }

  callOff(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
