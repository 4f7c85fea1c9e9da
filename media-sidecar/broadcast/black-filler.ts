import { blackFrames, blackFramesPerSecond } from "../ingest/black-picture.ts";
import { tagTypes } from "../ingest/flv-tag.ts";
import type { SourceEpoch, SourceTag } from "./source-epoch.ts";

/** Puts a black picture under an epoch that is sound alone, in step with the sound. */
export class BlackFiller {
  readonly #epoch: SourceEpoch;
  readonly #startMs: number;
  #frames = 0;

  constructor(epoch: SourceEpoch, startMs: number) {
    this.#epoch = epoch;
    this.#startMs = startMs;
  }

  /** The frames to put in before a sound at `dtsMs`, the epoch's first of which is a keyframe at its start. */
  beforeAudio(dtsMs: number): SourceTag[] {
    const tags: SourceTag[] = [];
    for (;;) {
      const at = this.#startMs + Math.round((this.#frames * 1000) / blackFramesPerSecond);
      if (at > dtsMs) return tags;
      const place = this.#frames++ % blackFrames.length;
      tags.push({
        epoch: this.#epoch,
        type: tagTypes.video,
        dtsMs: at,
        ptsMs: at,
        keyframe: place === 0,
        body: blackFrames[place]!,
      });
    }
  }
}
