/** What the times between pictures say: which are missing, and whether there is a beat at all. */

export interface PictureRhythm {
  /** Pictures that should have come between those that did. */
  readonly missing: number;
  /** Share of the intervals that are no whole number of frames, 0 to 1. */
  readonly unevenShare: number;
}

/** FLV's times are whole milliseconds, so that a frame's length is off by one at either end. */
const roundingMs = 2;
const jitterShare = 0.2;

/**
 * `frameRate` is what the encoder announces, or what was counted; null where neither is known. Where most intervals
 * are of another length, that length is what is meant.
 */
export function pictureRhythm(intervalsMs: readonly number[], frameRate: number | null): PictureRhythm {
  if (intervalsMs.length === 0) return { missing: 0, unevenShare: 0 };
  const usualMs = median(intervalsMs);
  const announcedMs = frameRate === null ? usualMs : 1000 / frameRate;
  const ratio = usualMs / announcedMs;
  const frameMs = ratio > 0.67 && ratio < 1.5 ? announcedMs : usualMs;
  const tolerance = Math.max(roundingMs, frameMs * jitterShare);
  let missing = 0;
  let uneven = 0;
  for (const intervalMs of intervalsMs) {
    const frames = Math.max(1, Math.round(intervalMs / frameMs));
    if (Math.abs(intervalMs - frames * frameMs) > tolerance) uneven++;
    else missing += frames - 1;
  }
  return { missing, unevenShare: uneven / intervalsMs.length };
}

/** The lower of the two in the middle; of at least one value. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)]!;
}
