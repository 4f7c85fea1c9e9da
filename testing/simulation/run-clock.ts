/** Seconds since a run began, by a clock that never jumps, and what they are on the wall. */
export class RunClock {
  readonly #startedAt = performance.now();
  readonly #epochSeconds = Date.now() / 1000;

  now(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }

  /** Seconds since 1970 of a moment of the run. */
  onTheWall(seconds: number): number {
    return this.#epochSeconds + seconds;
  }

  /** Resolves at that moment, at once when it is over. */
  async until(seconds: number): Promise<void> {
    const waitSeconds = seconds - this.now();
    if (waitSeconds > 0) await new Promise((resolve) => setTimeout(resolve, waitSeconds * 1000));
  }
}
