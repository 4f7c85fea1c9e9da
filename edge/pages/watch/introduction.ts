/**
 * Until the server knows this browser, what makes it known is asked one after the other: side by side, each answer would
 * make it another viewer.
 */
export class Introduction {
  #isKnown = false;
  #asking: Promise<unknown> | null = null;

  /** Throws as `request` does. */
  async ask<T>(request: () => Promise<T>): Promise<T> {
    while (!this.#isKnown && this.#asking) await this.#asking;
    if (this.#isKnown) return request();
    const asked = request();
    this.#asking = asked.then(
      () => {
        this.#isKnown = true;
      },
      () => {
        this.#asking = null;
      },
    );
    return asked;
  }
}
