/** What stopped the playback. `refused`: the playback URL is no longer good. */
export type PlaybackFault = "network" | "media" | "refused" | "stalled";

export type Recovery =
  /** Go on loading where loading stopped. */
  | { action: "resume-loading"; delayMs: number }
  /** Reset the decoder and go on at the same position. */
  | { action: "recover-media"; delayMs: number }
  /** Ask for a playback URL and load the master anew. */
  | { action: "reload"; delayMs: number };

const calmMs = 20_000;
const longestDelayMs = 8_000;

/**
 * Decides what to try next, gentle first: each fault within 20 s of the last one is met harder and later, and after
 * 20 s without a fault it begins gently again. `now` in milliseconds of any one clock, `random` in [0, 1).
 */
export class PlayerRecovery {
  #lastFaultAt = Number.NEGATIVE_INFINITY;
  #faults = 0;

  next(fault: PlaybackFault, now: number, random: number): Recovery {
    this.#faults = now - this.#lastFaultAt > calmMs ? 1 : this.#faults + 1;
    this.#lastFaultAt = now;
    const first = this.#faults === 1;
    if (fault === "media" && this.#faults <= 2) return { action: "recover-media", delayMs: 0 };
    if (fault === "network" && this.#faults <= 2) {
      return { action: "resume-loading", delayMs: first ? 500 : 1_500 };
    }
    return { action: "reload", delayMs: first ? 0 : this.#backoff(random) };
  }

  #backoff(random: number): number {
    const delay = Math.min(longestDelayMs, 500 * 2 ** (this.#faults - 1));
    return Math.round(delay * (0.75 + 0.5 * random));
  }
}

/**
 * Tells how long a picture that should move has stood still. A tab in the background is not judged: browsers slow its
 * timers and may stop a muted video.
 */
export class StandstillWatch {
  #position = -1;
  #movedAt = 0;

  /** Seconds of standstill. */
  observe(now: number, position: number, shouldMove: boolean): number {
    if (!shouldMove || Math.abs(position - this.#position) > 0.01) {
      this.#position = position;
      this.#movedAt = now;
    }
    return (now - this.#movedAt) / 1000;
  }

  reset(now: number): void {
    this.#position = -1;
    this.#movedAt = now;
  }
}
