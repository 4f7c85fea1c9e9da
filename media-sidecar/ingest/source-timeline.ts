/** Places a publisher's timestamps on the broadcast's own clock, whatever the encoder does to them. */

export interface PlacedTime {
  readonly dtsMs: number;
  /** The encoder's clock leapt here; what was lost or repeated is not known. */
  readonly jumped: boolean;
}

const wrap = 2 ** 32;
/** RTMP carries tags of both kinds in order, so steps are tens of milliseconds; interleaving is less than a second. */
const furthestBackMs = 1500;
const furthestForwardMs = 3000;
/** Where the first tag behind a leap is put: about one frame on. */
const stepMs = 33;

/** RTMP timestamps are 32 bits of milliseconds that wrap after 49.7 days (Adobe, RTMP 1.0, §5.3.1). */
export class SourceTimeline {
  #offset: number | null = null;
  /** The last timestamp, without its wraps. */
  #last = 0;
  #lastRaw = 0;
  #newest: number;
  readonly #newestOfKind = new Map<string, number>();

  /** `startMs`: nothing is placed at or before it. */
  constructor(startMs = -1) {
    this.#newest = startMs;
  }

  /** A new publisher begins: its first tag stands at `nowMs`, or just behind the last one's. */
  reset(): void {
    this.#offset = null;
  }

  /** `nowMs` is the broadcast's clock, milliseconds since it began. */
  place(kind: "audio" | "video", timestampMs: number, nowMs: number): PlacedTime {
    if (this.#offset === null) {
      this.#last = timestampMs;
      this.#lastRaw = timestampMs;
      this.#offset = Math.max(Math.round(nowMs), this.#newest + 1) - timestampMs;
    }
    let step = (((timestampMs - this.#lastRaw) % wrap) + wrap) % wrap;
    if (step >= wrap / 2) step -= wrap;
    this.#lastRaw = timestampMs;
    this.#last += step;
    const jumped = step < -furthestBackMs || step > furthestForwardMs;
    if (jumped) this.#offset = this.#newest + stepMs - this.#last;
    let dtsMs = this.#last + this.#offset;
    // Decode times must rise within a track; a video frame may not share another's instant.
    const previous = this.#newestOfKind.get(kind);
    if (previous !== undefined && dtsMs <= previous) dtsMs = previous + 1;
    this.#newestOfKind.set(kind, dtsMs);
    this.#newest = Math.max(this.#newest, dtsMs);
    return { dtsMs, jumped };
  }
}
