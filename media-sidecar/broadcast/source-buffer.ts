import { tagTypes } from "../ingest/flv-tag.ts";
import type { SourceEpoch, SourceTag } from "./source-epoch.ts";

/** Source that FFmpeg has not turned into segments: beyond this it will not catch up. */
const mostBufferedMs = 25_000;
/** Published source that is kept only because its keyframe would be needed to begin again. */
const mostHeldMs = 60_000;
const mostBufferedBytes = 96 * 1024 * 1024;
/** Boundaries come back from FFmpeg in its own units; tags are whole milliseconds. */
const sameInstantMs = 5;

/**
 * The source since the last published boundary. A ladder that dies is fed again from its head, which is always a
 * place where a run may begin. `next` and `advance` walk it; what was walked over stays until it is released.
 */
export class SourceBuffer {
  #tags: SourceTag[] = [];
  #cursor = 0;
  #bytes = 0;
  #publishedToMs = Number.NEGATIVE_INFINITY;
  /** The place to begin again from was given up: the next keyframe is the next one. */
  #headless = false;

  get bytes(): number {
    return this.#bytes;
  }

  /** Milliseconds of source held; 0 when empty. */
  get spanMs(): number {
    const first = this.#tags[0];
    return first === undefined ? 0 : this.#tags.at(-1)!.dtsMs - first.dtsMs;
  }

  /** On the broadcast's clock; null when empty. */
  get newestMs(): number | null {
    return this.#tags.at(-1)?.dtsMs ?? null;
  }

  /** Milliseconds of source that players have not been told of. */
  get unpublishedMs(): number {
    const first = this.#tags[0];
    return first === undefined ? 0 : this.#tags.at(-1)!.dtsMs - Math.max(first.dtsMs, this.#publishedToMs);
  }

  push(tag: SourceTag): void {
    if (this.#headless && this.#tags.length === 0) {
      if (!tag.keyframe) return;
      this.#headless = false;
    }
    this.#tags.push(tag);
    this.#bytes += tag.body.length;
  }

  next(): SourceTag | null {
    return this.#tags[this.#cursor] ?? null;
  }

  advance(): void {
    this.#cursor++;
  }

  /** Begin again at the head. */
  rewind(): void {
    this.#cursor = 0;
    const first = this.#tags.findIndex((tag) => tag.keyframe);
    if (first < 0) this.clear();
    else this.#drop(first);
  }

  /** Gives up what is before the first keyframe of `epoch` that is not before `ptsMs`, or before the next epoch. */
  skipTo(epoch: SourceEpoch, ptsMs: number): void {
    const next = this.#tags.findIndex((tag) => tag.epoch !== epoch || (tag.keyframe && tag.ptsMs >= ptsMs));
    if (next < 0) this.clear();
    else this.#drop(next);
  }

  /** Gives up the way back: should the ladder die, it begins again at the next keyframe. */
  forgetFed(): void {
    this.#drop(this.#cursor);
  }

  /** Everything of `epoch` before `ptsMs` is published: keeps from the last keyframe that is not after it. */
  release(epoch: SourceEpoch, ptsMs: number): void {
    this.#publishedToMs = ptsMs;
    let keep = 0;
    for (let index = 0; index < this.#cursor; index++) {
      const tag = this.#tags[index]!;
      if (tag.epoch !== epoch) break;
      if (tag.keyframe && tag.ptsMs <= ptsMs + sameInstantMs) keep = index;
    }
    this.#drop(keep);
  }

  /** All of `epoch`, published or given up. */
  releaseEpoch(epoch: SourceEpoch): void {
    const next = this.#tags.findIndex((tag) => tag.epoch.id > epoch.id);
    this.#drop(next < 0 ? this.#tags.length : next);
  }

  /**
   * Bounds what is held in memory, whatever FFmpeg and the disk do. Answers the milliseconds of source that were given
   * up for that; null when all is well.
   */
  giveUpExcess(): number | null {
    if (this.unpublishedMs >= mostBufferedMs || this.#bytes > mostBufferedBytes) return this.skipToNewest();
    // All of it is published but for the end of a very long group of pictures.
    if (this.spanMs > mostHeldMs) this.forgetFed();
    return null;
  }

  /** Gives up what is held before the newest keyframe, or all of it; answers the milliseconds lost. */
  skipToNewest(): number {
    const before = this.spanMs;
    const newest = this.#tags.findLastIndex((tag) => tag.keyframe);
    if (newest > 0) this.#drop(newest);
    else this.clear();
    return before - this.spanMs;
  }

  clear(): void {
    this.#drop(this.#tags.length);
    this.#headless = true;
  }

  #drop(count: number): void {
    if (count === 0) return;
    for (let index = 0; index < count; index++) this.#bytes -= this.#tags[index]!.body.length;
    this.#tags.splice(0, count);
    this.#cursor = Math.max(0, this.#cursor - count);
  }
}

/** True for tags that FFmpeg shows as pictures. */
export function isVideo(tag: SourceTag): boolean {
  return tag.type === tagTypes.video;
}
