/** How one play goes, measured from what a player says of itself about once a second and at its events. No I/O. */

/**
 * `held`: nothing is to be played just now, for nobody's fault: paused, waiting for a touch, the stream's encoder is away.
 * `waiting`: it wants to play and has nothing to show. `seeking`: it is on its way to another position.
 */
export type PlayDoing = "playing" | "waiting" | "seeking" | "held";

export interface PlaySample {
  doing: PlayDoing;
  /** Seconds in the media's own time. */
  position: number;
  /** 1 unless the player hurries, or the viewer wants it otherwise. */
  playbackRate: number;
  /** What is on screen, such as `720p`; null while not known. */
  rendition: string | null;
  /** How often this player had to start anew after a fault since it exists. */
  restarts: number;
}

/** All counted from the beginning of the play, as beats say it. */
export interface PlayFigures {
  playedSeconds: number;
  renditions: Record<string, number>;
  stalls: number;
  stallSeconds: number;
  errors: number;
  /** From the wish to play to the first picture, time in which it was held left out; null where nobody saw it. */
  joinMs: number | null;
}

/** Clocks of media and machine run past each other by this much: what one is short of now, it may have later. */
const slackSeconds = 0.5;
/** A position further off than time and rate explain is another place, not more time. */
const jumpSeconds = 1;
/** Players are looked at as often as this. */
const longestLookSeconds = 1;
/** Of a longer gap between two looks nobody can say that somebody waited through it: the machine slept. */
const longestWaitSeconds = 5;
/** As many names as a beat may have. */
const mostRenditions = 16;

/**
 * Time played is the lesser of the time that passed and the media that went by, so that neither a machine that sleeps, a
 * picture that stands still, a pause nor a jump counts, whatever the player calls itself meanwhile; going back and
 * watching again does. A wait is a stall when it follows upon playing, and not upon a seek or a pause. Times in
 * milliseconds of a clock that never goes back.
 */
export class PlayMeasure {
  #last: PlaySample | null = null;
  #lastAt = 0;
  #playedSeconds = 0;
  #renditions = new Map<string, number>();
  /** Passed and not yet matched by the other. */
  #slack = { wall: 0, media: 0 };
  #stalling = false;
  #stalls = 0;
  #stallSeconds = 0;
  #errors = 0;
  /** Until the first picture. A play that is measured from its middle on has no beginning to tell of. */
  #isJoining = false;
  #waitedMs = 0;
  #joinMs: number | null = null;

  /** What the player does now. */
  look(sample: PlaySample, now: number): void {
    const last = this.#last;
    if (last === null) this.#isJoining = sample.doing !== "playing";
    else {
      this.#pass(last, sample, Math.max(0, now - this.#lastAt) / 1000);
      this.#errors += Math.max(0, sample.restarts - last.restarts);
    }
    if (sample.doing === "playing" && this.#isJoining) {
      this.#joinMs = Math.round(this.#waitedMs);
      this.#isJoining = false;
    }
    const wasStalling = this.#stalling;
    this.#stalling = this.#isStall(last?.doing ?? "held", sample.doing);
    if (this.#stalling && !wasStalling) this.#stalls += 1;
    this.#last = { ...sample };
    this.#lastAt = now;
  }

  #isStall(before: PlayDoing, now: PlayDoing): boolean {
    if (now === "waiting") return this.#stalling || before === "playing";
    // Players jump to get over a hole; any seek that begins elsewhere is somebody's wish.
    return now === "seeking" && this.#stalling;
  }

  get figures(): PlayFigures {
    return {
      playedSeconds: this.#playedSeconds,
      renditions: Object.fromEntries(this.#renditions),
      stalls: this.#stalls,
      stallSeconds: this.#stallSeconds,
      errors: this.#errors,
      joinMs: this.#joinMs,
    };
  }

  #pass(last: PlaySample, next: PlaySample, seconds: number): void {
    if (last.doing === "playing") {
      this.#play(last, next, seconds);
      return;
    }
    if (last.doing === "held") return;
    const waited = Math.min(seconds, longestWaitSeconds);
    if (this.#isJoining) this.#waitedMs += waited * 1000;
    else if (this.#stalling) this.#stallSeconds += waited;
  }

  #play(last: PlaySample, next: PlaySample, seconds: number): void {
    // The rate may have changed at any moment in between; time passed bounds what the slower one makes of it.
    const rate = Math.min(last.playbackRate, next.playbackRate);
    const fastest = Math.max(last.playbackRate, next.playbackRate);
    const advance = next.position - last.position;
    if (rate <= 0 || advance < -0.05 || advance > seconds * fastest + jumpSeconds) {
      this.#slack = { wall: 0, media: 0 };
      // It played until the jump, of which nobody knows any more from where it was.
      if (next.doing === "seeking") this.#add(last.rendition, Math.min(seconds, longestLookSeconds));
      return;
    }
    const wall = this.#slack.wall + seconds;
    const media = this.#slack.media + advance / rate;
    const played = Math.max(0, Math.min(wall, media));
    this.#slack = {
      wall: Math.min(slackSeconds, wall - played),
      media: Math.min(slackSeconds, media - played),
    };
    this.#add(last.rendition, played);
  }

  #add(rendition: string | null, seconds: number): void {
    this.#playedSeconds += seconds;
    if (rendition === null) return;
    const before = this.#renditions.get(rendition);
    if (before === undefined && this.#renditions.size >= mostRenditions) return;
    this.#renditions.set(rendition, (before ?? 0) + seconds);
  }
}
