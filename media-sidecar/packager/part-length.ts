/** How long the parts of the low-latency mode are. */

/**
 * PART-TARGET: the same for a broadcast's life, whatever frame rate its source comes back with. Chosen so that every
 * usual rate has a whole number of frames that is long enough (RFC 8216bis §4.4.4.9: 85 % of it) and not too long.
 */
export const partTargetSeconds = 0.35;
const leastShare = 0.87;
/** Room for encoders whose frames come a little early or late. */
const mostShare = 0.96;
const usualFrameRate = 30;

/** Frames in a part. Rates so low that none fits get what is not too long. */
export function partFrames(frameRate: number): number {
  const fits = (share: number) => Math.max(1, Math.floor(partTargetSeconds * share * frameRate + 1e-6));
  const roomy = fits(mostShare);
  return roomy >= partTargetSeconds * leastShare * frameRate ? roomy : fits(1);
}

/**
 * FFmpeg ends a fragment with the first packet of any track that is this long behind the track's first one. A little
 * less than the frames take, so that a frame that comes early ends it all the same; so little less that sound, whose
 * packets are on another grid, does not end it before the picture.
 */
export function fragmentSeconds(frameRate: number | null): number {
  const rate = Math.min(120, Math.max(1, frameRate ?? usualFrameRate));
  return partFrames(rate) / rate - Math.min(0.008, 0.25 / rate);
}

/**
 * How long the parts of one segment are said to take. A picture that is missing where a part should begin leaves the one
 * before it standing, so that its part lasts longer than PART-TARGET; nothing may be said to (RFC 8216bis §4.4.4.9). What
 * is too much is said of the parts behind it, which have room, and the parts go on adding up to their segment.
 */
export class PartDurations {
  #toldToMs: number;

  constructor(beganMs: number) {
    this.#toldToMs = beganMs;
  }

  /** Milliseconds of the next part, which ends at `endMs`: later than all before it. */
  next(endMs: number): number {
    const durationMs = Math.min(endMs - this.#toldToMs, partTargetSeconds * 1000);
    this.#toldToMs += durationMs;
    return durationMs;
  }
}
