/** Tells whether the wall clock may be asked how old something is. */

/** More than any correction that is not a jump. */
const jumpMs = 3600_000;
/** By then somebody has seen that the clock is wrong, or it was right to jump. */
const distrustMs = 24 * 3600_000;

/** Until then a machine that began with a wrong clock has been told the time. */
const settlesMs = 3600_000;

/**
 * Not in its first hour, for nobody knows what was before it. After a jump ahead everything looks old: for a day, by the clock that never jumps, nothing is taken to be, unless the
 * wall clock jumps back. Both clocks in milliseconds.
 */
export class SteadyClock {
  readonly #now: () => number;
  readonly #elapsed: () => number;
  #aheadMs = 0;
  #aheadSinceMs = 0;
  readonly #beganMs: number;
  #before: { now: number; elapsed: number };

  constructor(now: () => number = Date.now, elapsed: () => number = () => performance.now()) {
    this.#now = now;
    this.#elapsed = elapsed;
    this.#before = { now: now(), elapsed: elapsed() };
    this.#beganMs = this.#before.elapsed;
  }

  get now(): number {
    return this.#now();
  }

  /** Ask every few minutes: only what happens between two looks is seen. */
  isSteady(): boolean {
    const [now, elapsed] = [this.#now(), this.#elapsed()];
    const jump = now - this.#before.now - (elapsed - this.#before.elapsed);
    this.#before = { now, elapsed };
    if (Math.abs(jump) > jumpMs) {
      this.#aheadMs = Math.max(0, this.#aheadMs + jump);
      this.#aheadSinceMs = elapsed;
    }
    if (elapsed - this.#aheadSinceMs > distrustMs) this.#aheadMs = 0;
    return elapsed - this.#beganMs >= settlesMs && this.#aheadMs < jumpMs;
  }
}
