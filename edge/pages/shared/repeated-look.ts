/**
 * Looks again and again while the page is seen: `everyMs` after the end of each look, and at once when the page is seen
 * again or `now` is called. Looks never overlap; one that was asked for meanwhile follows at once.
 */
export class RepeatedLook {
  #look: () => Promise<void>;
  #everyMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #looking = false;
  #again = false;

  constructor(everyMs: number, look: () => Promise<void>) {
    this.#everyMs = everyMs;
    this.#look = look;
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.now();
    });
  }

  now(): void {
    if (this.#looking) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#looking = true;
    void this.#look().finally(() => {
      this.#looking = false;
      const { hidden } = document;
      if (this.#again && !hidden) {
        this.#again = false;
        this.now();
      } else if (!hidden) this.#timer = setTimeout(() => this.now(), this.#everyMs);
    });
  }
}
