/** Decides at which keyframes segments begin, once for all rungs of a run. Times are milliseconds of the run. */

export interface SegmentPace {
  /** Segments are about this long. */
  readonly targetSeconds: number;
  /** Keyframes further apart than this cannot be copied. */
  readonly longestKeyframeSeconds: number;
}

export const segmentPaces: Record<"standard" | "low", SegmentPace> = {
  standard: { targetSeconds: 2, longestKeyframeSeconds: 4 },
  low: { targetSeconds: 1, longestKeyframeSeconds: 1 },
};

export interface SegmentCuts {
  /** TARGETDURATION: null until the first segment of the broadcast is known to close; then it never changes. */
  readonly targetDuration: number | null;
  /** Told for every keyframe of the source, before any rung has it. */
  sourceKeyframe(ptsMs: number): void;
  /** A picture this late would make its segment longer than TARGETDURATION allows. */
  isLate(ptsMs: number): boolean;
  /** Does a segment begin with the keyframe at this time? */
  isBoundary(ptsMs: number): boolean;
  /** Is it certain, before a rung has it, that a segment begins at this time? `beganMs` is the one before it. */
  foresees(ptsMs: number, beganMs: number): boolean;
}

/** A segment's length is compared with TARGETDURATION after rounding to the nearest second (RFC 8216 §4.3.3.1). */
const roundingMs = 490;
/** An interval of 2.04 s is meant to be 2 s. */
const jitterSeconds = 0.25;
/** A keyframe is forced on the first picture that is this little short of a segment's length. */
export const forcedKeyframeSlackSeconds = 0.01;
/** Rungs agree on keyframes to the unit of the time base; a frame is at least 16 ms. */
const sameInstantMs = 5;

/** TARGETDURATION for segments of this length. */
export function targetDurationFor(seconds: number, pace: SegmentPace): number {
  const most = Math.max(pace.targetSeconds, pace.longestKeyframeSeconds);
  return Math.min(most, Math.max(pace.targetSeconds, Math.ceil(seconds - jitterSeconds)));
}

/**
 * The cuts of a run whose top rung is copied: the source's keyframes are told before any rung has them, and a rung's
 * keyframe is a boundary when it was decided to be one.
 */
export class SourceCuts implements SegmentCuts {
  readonly #pace: SegmentPace;
  #targetDuration: number | null;
  #boundaries: number[] = [];
  #lastKeyframeMs: number | null = null;
  #longestIntervalMs = 0;

  /** `targetDuration` is null while no segment of the broadcast has ever been closed. */
  constructor(pace: SegmentPace, targetDuration: number | null) {
    this.#pace = pace;
    this.#targetDuration = targetDuration;
  }

  get targetDuration(): number | null {
    return this.#targetDuration;
  }

  sourceKeyframe(ptsMs: number): void {
    if (this.#lastKeyframeMs === null) {
      this.#lastKeyframeMs = ptsMs;
      this.#boundaries.push(ptsMs);
      return;
    }
    this.#longestIntervalMs = Math.max(this.#longestIntervalMs, ptsMs - this.#lastKeyframeMs);
    this.#lastKeyframeMs = ptsMs;
    const elapsed = ptsMs - this.#boundaries.at(-1)!;
    const limit =
      (this.#targetDuration ?? targetDurationFor(this.#longestIntervalMs / 1000, this.#pace)) * 1000;
    // Cut now if the next keyframe, as late as the latest so far, would come too late.
    const earliest = Math.min(
      this.#pace.targetSeconds * 1000 - 10,
      limit + roundingMs - this.#longestIntervalMs,
    );
    if (elapsed < earliest) return;
    this.#targetDuration ??= targetDurationFor(elapsed / 1000, this.#pace);
    this.#boundaries.push(ptsMs);
    if (this.#boundaries.length > 1000) this.#boundaries.splice(0, 500);
  }

  isLate(ptsMs: number): boolean {
    const begin = this.#boundaries.at(-1);
    if (begin === undefined) return false;
    const limit =
      this.#targetDuration === null
        ? (this.#pace.longestKeyframeSeconds + jitterSeconds) * 1000
        : this.#targetDuration * 1000 + roundingMs;
    return ptsMs - begin > limit;
  }

  isBoundary(ptsMs: number): boolean {
    return this.#boundaries.some((boundary) => Math.abs(boundary - ptsMs) < sameInstantMs);
  }

  foresees(ptsMs: number): boolean {
    return this.isBoundary(ptsMs);
  }
}

/** The cuts of a run that is encoded whole: its only keyframes are those that were forced at the right distance. */
export class ForcedCuts implements SegmentCuts {
  readonly targetDuration: number;
  readonly #stepMs: number;

  constructor(pace: SegmentPace, targetDuration: number | null) {
    this.targetDuration = targetDuration ?? pace.targetSeconds;
    this.#stepMs = (pace.targetSeconds - forcedKeyframeSlackSeconds) * 1000;
  }

  sourceKeyframe(): void {}

  isLate(): boolean {
    return false;
  }

  isBoundary(): boolean {
    return true;
  }

  /** As FFmpeg decides it, picture by picture of an even grid; a millisecond for its rounding. */
  foresees(ptsMs: number, beganMs: number): boolean {
    return ptsMs - beganMs >= this.#stepMs + 1;
  }
}
