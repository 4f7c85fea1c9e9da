/** Media may still be on its way from nginx when its callback says that the publisher is gone. */
const quietMs = 700;
const mostLooks = 5;

/** Waits for the last media of a publisher who has left. */
export class LastMedia {
  readonly #allCame: () => void;
  /** By `performance.now`. */
  #cameAtMs = Number.NEGATIVE_INFINITY;
  #looking: NodeJS.Timeout | null = null;

  constructor(allCame: () => void) {
    this.#allCame = allCame;
  }

  get isAwaited(): boolean {
    return this.#looking !== null;
  }

  came(): void {
    this.#cameAtMs = performance.now();
  }

  /** Idempotent. */
  wait(): void {
    if (this.#looking === null) this.#lookLater(mostLooks);
  }

  /** Nothing is waited for any more. */
  callOff(): void {
    if (this.#looking !== null) clearTimeout(this.#looking);
    this.#looking = null;
  }

  #lookLater(looks: number): void {
    this.#looking = setTimeout(() => {
      this.#looking = null;
      if (performance.now() - this.#cameAtMs >= quietMs) this.#allCame();
      // Media that goes on and on is another publisher's, who came before we were told that the first had gone.
      else if (looks > 1) this.#lookLater(looks - 1);
    }, quietMs);
  }
}
