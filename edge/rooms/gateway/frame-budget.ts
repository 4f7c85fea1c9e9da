/** A socket's frames: `perSecond` at once, and as many again a second (a token bucket). */
export class FrameBudget {
  readonly #perSecond: number;
  #left: number;
  #at: number;

  constructor(perSecond: number, now: number) {
    this.#perSecond = perSecond;
    this.#left = perSecond;
    this.#at = now;
  }

  /** Whether it is as good as new. */
  isFull(now: number): boolean {
    return now - this.#at >= 1000;
  }

  /** False when this frame is one too many. */
  spend(now: number): boolean {
    const earned = (Math.max(0, now - this.#at) / 1000) * this.#perSecond;
    this.#left = Math.min(this.#perSecond, this.#left + earned);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
