/** Measures what a publisher really sends, over its last seconds. */

interface Bucket {
  readonly second: number;
  bytes: number;
  frames: number;
}

export interface SourceFigures {
  readonly bitrateKbps: number | null;
  readonly frameRate: number | null;
  /** The longest of the last keyframe intervals. */
  readonly keyframeIntervalSeconds: number | null;
}

const windowSeconds = 10;
const intervalsKept = 5;
/** A second or two in which a busy machine lost frames would say of a source what is not so. */
const leastCountedSeconds = 3;

export class SourceMeter {
  #buckets: Bucket[] = [];
  #intervals: number[] = [];
  #lastKeyframeMs: number | null = null;
  #firstMs: number | null = null;

  reset(): void {
    this.#buckets = [];
    this.#intervals = [];
    this.#lastKeyframeMs = null;
    this.#firstMs = null;
  }

  add(kind: "audio" | "video", dtsMs: number, bytes: number, keyframe: boolean): void {
    this.#firstMs ??= dtsMs;
    const second = Math.floor((dtsMs - this.#firstMs) / 1000);
    let bucket = this.#buckets.at(-1);
    if (bucket === undefined || second > bucket.second) {
      bucket = { second, bytes: 0, frames: 0 };
      this.#buckets.push(bucket);
      while (this.#buckets[0]!.second <= second - windowSeconds - 1) this.#buckets.shift();
    }
    bucket.bytes += bytes;
    if (kind === "video") bucket.frames++;
    if (!keyframe) return;
    if (this.#lastKeyframeMs !== null) {
      this.#intervals.push((dtsMs - this.#lastKeyframeMs) / 1000);
      if (this.#intervals.length > intervalsKept) this.#intervals.shift();
    }
    this.#lastKeyframeMs = dtsMs;
  }

  /** Whole seconds only: the one that is filling would read too low. */
  figures(): SourceFigures {
    const first = this.#buckets[0];
    const last = this.#buckets.at(-1);
    const keyframeIntervalSeconds = this.#intervals.length === 0 ? null : Math.max(...this.#intervals);
    if (first === undefined || last === undefined || first === last)
      return { bitrateKbps: null, frameRate: null, keyframeIntervalSeconds };
    const seconds = last.second - first.second;
    const whole = this.#buckets.slice(0, -1);
    const bytes = whole.reduce((sum, bucket) => sum + bucket.bytes, 0);
    const frames = whole.reduce((sum, bucket) => sum + bucket.frames, 0);
    return {
      bitrateKbps: (bytes * 8) / 1000 / seconds,
      frameRate: frames === 0 || seconds < leastCountedSeconds ? null : frames / seconds,
      keyframeIntervalSeconds,
    };
  }
}
