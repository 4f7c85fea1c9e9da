/** Watches what a publisher sends, message by message, for whoever looks every few seconds. */
import { median, pictureRhythm } from "./picture-rhythm.ts";

export interface SourceMessage {
  readonly kind: "audio" | "video";
  /** On the broadcast's clock, as are all times here. */
  readonly dtsMs: number;
  readonly compositionMs: number;
  readonly bytes: number;
  /** The encoder's clock leapt: the time since the message before says nothing. */
  readonly jumped: boolean;
  readonly arrivedAtMs: number;
}

/** What came between two looks. */
export interface SourceInterval {
  readonly seconds: number;
  readonly bytes: number;
  readonly pictures: number;
  readonly missingPictures: number;
  /** Share of the pictures that came off the beat, 0 to 1. */
  readonly unevenShare: number;
  /** Pictures are shown in another order than they are sent: there are B-frames. */
  readonly reordered: boolean;
  readonly sounds: number;
  /** How far the sound's times are ahead of the picture's; null without both. */
  readonly soundLeadMs: number | null;
  /** How much later media arrives than it did at its most prompt in the last minutes. */
  readonly lateSeconds: number;
}

/** Nobody may ever look: what is kept is bounded. A look every ten seconds sees all of 120 frames a second. */
const mostKept = 3000;
/** The most prompt of so many intervals is what the others are compared with; clocks of machines drift apart. */
const intervalsCompared = 30;

export class SourceObserver {
  #sinceMs: number | null = null;
  #bytes = 0;
  #pictures = 0;
  #sounds = 0;
  #intervalsMs: number[] = [];
  #leadsMs: number[] = [];
  #compositionMs: { least: number; most: number } | null = null;
  #leastLagMs = Number.POSITIVE_INFINITY;
  /** The least lag of each of the last intervals. */
  #lagsMs: number[] = [];
  #lastMs: { audio: number | null; video: number | null } = { audio: null, video: null };

  /** Another publisher begins. */
  reset(): void {
    this.#sinceMs = null;
    this.#lagsMs = [];
    this.#lastMs = { audio: null, video: null };
    this.#clear();
  }

  add({ kind, dtsMs, compositionMs, bytes, jumped, arrivedAtMs }: SourceMessage): void {
    this.#sinceMs ??= arrivedAtMs;
    if (jumped) {
      this.#lagsMs = [];
      this.#leastLagMs = Number.POSITIVE_INFINITY;
      this.#lastMs = { audio: null, video: null };
    }
    const before = this.#lastMs[kind];
    this.#lastMs[kind] = dtsMs;
    this.#leastLagMs = Math.min(this.#leastLagMs, arrivedAtMs - dtsMs);
    this.#bytes += bytes;
    if (kind === "audio") this.#sounds++;
    else {
      this.#pictures++;
      const { least, most } = this.#compositionMs ?? { least: compositionMs, most: compositionMs };
      this.#compositionMs = { least: Math.min(least, compositionMs), most: Math.max(most, compositionMs) };
      if (before !== null) keep(this.#intervalsMs, dtsMs - before);
    }
    const { audio, video } = this.#lastMs;
    // After messages of both kinds, so that it does not matter which comes first.
    if (audio !== null && video !== null) keep(this.#leadsMs, audio - video);
  }

  /** What came since the last look, or since the publisher's first message; null while nothing ever did. */
  take(nowMs: number, frameRate: number | null): SourceInterval | null {
    if (this.#sinceMs === null) return null;
    const { missing, unevenShare } = pictureRhythm(this.#intervalsMs, frameRate);
    const composition = this.#compositionMs;
    const interval: SourceInterval = {
      seconds: Math.max(0, nowMs - this.#sinceMs) / 1000,
      bytes: this.#bytes,
      pictures: this.#pictures,
      missingPictures: missing,
      unevenShare,
      reordered: composition !== null && composition.most > composition.least,
      sounds: this.#sounds,
      soundLeadMs: this.#leadsMs.length === 0 ? null : median(this.#leadsMs),
      lateSeconds: this.#lateSeconds(nowMs),
    };
    this.#sinceMs = nowMs;
    this.#clear();
    return interval;
  }

  #lateSeconds(nowMs: number): number {
    const last = Math.max(this.#lastMs.audio ?? 0, this.#lastMs.video ?? 0);
    // What did not come at all is late by as much as it is awaited.
    const lagMs = Number.isFinite(this.#leastLagMs) ? this.#leastLagMs : nowMs - last;
    this.#lagsMs.push(lagMs);
    if (this.#lagsMs.length > intervalsCompared) this.#lagsMs.shift();
    return (lagMs - Math.min(...this.#lagsMs)) / 1000;
  }

  #clear(): void {
    this.#bytes = 0;
    this.#pictures = 0;
    this.#sounds = 0;
    this.#intervalsMs = [];
    this.#leadsMs = [];
    this.#compositionMs = null;
    this.#leastLagMs = Number.POSITIVE_INFINITY;
  }
}

function keep(values: number[], value: number): void {
  if (values.length < mostKept) values.push(value);
}
