/** Decides when a play's next beat is due. Times in milliseconds of a clock that never goes back. */

/** Changes between playing and not are told at once, but no closer together than this. */
const changeGapMs = 1_000;
/** Who has neither looked nor listened for so long is not there, though the page is. */
const idleMs = 10 * 60_000;
const firstAgainMs = 1_000;

export class BeatSchedule {
  #periodMs: number;
  #random: () => number;
  #sentAt = Number.NEGATIVE_INFINITY;
  #nextAt = Number.NEGATIVE_INFINITY;
  #saidPlaying: boolean | null = null;
  #busyAt: number | null = null;
  #isKnown = false;
  #tries = 0;

  /** Many players that begin at one moment spread over the period: `random` is in [0, 1). */
  constructor(beatSeconds: number, random: () => number = Math.random) {
    this.#periodMs = beatSeconds * 1000;
    this.#random = random;
  }

  /** Nothing is to be told of a play before it has played. */
  get hasBegun(): boolean {
    return this.#saidPlaying !== null;
  }

  set beatSeconds(seconds: number) {
    this.#periodMs = seconds * 1000;
  }

  /** `isVisible`: somebody may be in front of it. */
  isDue(now: number, isPlaying: boolean, isVisible: boolean): boolean {
    if (isPlaying || isVisible) this.#busyAt = now;
    if (!this.hasBegun) return isPlaying;
    if (isPlaying !== this.#saidPlaying && now - this.#sentAt >= changeGapMs) return true;
    return now >= this.#nextAt && now - (this.#busyAt ?? now) < idleMs;
  }

  /** A change keeps the rhythm as it is, else all players of a stream that drops would beat in step from then on. */
  sent(now: number, isPlaying: boolean): void {
    if (!this.hasBegun) this.#nextAt = now + this.#periodMs * (0.5 + this.#random() / 2);
    else if (now >= this.#nextAt) this.#nextAt = now + this.#periodMs;
    this.#sentAt = now;
    this.#saidPlaying = isPlaying;
  }

  heard(): void {
    this.#isKnown = true;
  }

  /** Of a play that nobody knows yet the first beat is tried again soon: what came before it may be taken for less. */
  unheard(now: number): void {
    if (this.#isKnown) return;
    this.#nextAt = Math.min(this.#nextAt, now + firstAgainMs * 2 ** this.#tries);
    this.#tries += 1;
  }
}
