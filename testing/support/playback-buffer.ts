/** A player's buffer as arithmetic: when it runs dry, and for how long. Times in seconds of any one clock. */
export class PlaybackBuffer {
  /** Each moment without a picture, in seconds; the present one is not among them. */
  readonly stalls: number[] = [];
  #emptyAt: number | null = null;

  /** `duration` seconds of media are there from `now` on. The first of them begin the playback. */
  add(duration: number, now: number): void {
    if (this.#emptyAt !== null && now > this.#emptyAt) {
      this.stalls.push(now - this.#emptyAt);
      this.#emptyAt = now;
    }
    this.#emptyAt = (this.#emptyAt ?? now) + duration;
  }

  /** Seconds without a picture until now. */
  stalledFor(now: number): number {
    return this.#emptyAt === null ? 0 : Math.max(0, now - this.#emptyAt);
  }

  get stalledSeconds(): number {
    return this.stalls.reduce((sum, stall) => sum + stall, 0);
  }
}
