import { aacTagBody, tagTypes } from "../ingest/flv-tag.ts";
import { samplesPerFrame, silentFrame, silentSampleRateHz } from "../ingest/silent-audio.ts";
import type { SourceEpoch, SourceTag } from "./source-epoch.ts";

/** Sound this far behind the picture has stopped; encoders interleave within a few hundred milliseconds. */
const lostAfterMs = 1000;
/** Sound that comes back finds the silence this far behind the picture. */
const marginMs = 300;

/**
 * Keeps an epoch's sound going: all of it silence where the source has none, and silence in its holes, because a
 * muxer that waits for sound holds back the picture. Only AAC has ready-made silence.
 */
export class SilenceFiller {
  readonly #epoch: SourceEpoch;
  readonly #body: Buffer | null;
  readonly #frameMs: number;
  readonly #always: boolean;
  /** Where the sound that was passed on or put in ends. */
  #filledToMs: number;

  constructor(epoch: SourceEpoch, startMs: number) {
    this.#epoch = epoch;
    const { audio } = epoch;
    const frame =
      audio === null ? silentFrame(2) : audio.codec === "aac" ? silentFrame(audio.channels) : null;
    this.#body = frame === null ? null : aacTagBody(1, frame);
    this.#frameMs = (samplesPerFrame * 1000) / (audio?.sampleRateHz ?? silentSampleRateHz);
    this.#always = audio === null;
    this.#filledToMs = startMs;
  }

  /** False for a frame whose place has been filled with silence already. */
  acceptsAudio(dtsMs: number): boolean {
    if (dtsMs < this.#filledToMs - this.#frameMs) return false;
    this.#filledToMs = dtsMs + this.#frameMs;
    return true;
  }

  /** The frames to put in before a picture at `dtsMs`. */
  beforeVideo(dtsMs: number): SourceTag[] {
    const behind = dtsMs - this.#filledToMs;
    if (this.#body === null || (!this.#always && behind < lostAfterMs)) return [];
    const end = this.#always ? dtsMs : dtsMs - marginMs;
    const tags: SourceTag[] = [];
    for (; this.#filledToMs < end; this.#filledToMs += this.#frameMs) {
      const at = Math.round(this.#filledToMs);
      tags.push({
        epoch: this.#epoch,
        type: tagTypes.audio,
        dtsMs: at,
        ptsMs: at,
        keyframe: false,
        body: this.#body,
      });
    }
    return tags;
  }
}
