/** From a publisher's messages to tags in epochs: when to begin, when to begin anew, what to leave out. */
import { tagTypes } from "../ingest/flv-tag.ts";
import type { RtmpMessage } from "../ingest/rtmp-chunk-reader.ts";
import { SourceMeter } from "../ingest/source-meter.ts";
import { SourceReader } from "../ingest/source-reader.ts";
import { SourceTimeline } from "../ingest/source-timeline.ts";
import { SilenceFiller } from "./silence-filler.ts";
import type { SourceEpoch, SourceTag } from "./source-epoch.ts";

export interface SourceIntakeOptions {
  /** The broadcast's clock, milliseconds since it began. */
  now(): number;
  /** What the broadcast's slots need; null while there are none. */
  expects(): "video" | "audio" | null;
  onTag(tag: SourceTag): void;
  /** An epoch was closed without a tag behind it. */
  onEpochEnd(): void;
  /** A publisher's first media. */
  onReceiving(receiving: boolean): void;
  onRefused(reason: string): void;
  onWarning(code: string, detail: string | null): void;
}

/** Encoders announce sound within milliseconds of the picture, if they have any. */
const soundWaitMs = 1000;
/** Sound alone is believed to be all there is after this long. */
const pictureWaitMs = 1500;
/** The same when the encoder promised a picture. */
const promisedPictureWaitMs = 10_000;
/** FLV times are 32 bits: a new epoch long before they would wrap. */
const longestEpochMs = 20 * 24 * 3600 * 1000;

/** A tag whose epoch is not known yet. */
type EarlyTag = Omit<SourceTag, "epoch">;

export class SourceIntake {
  readonly reader = new SourceReader();
  readonly meter = new SourceMeter();
  readonly #options: SourceIntakeOptions;
  readonly #timeline = new SourceTimeline();
  #epoch: SourceEpoch | null = null;
  #epochStartMs = 0;
  #filler: SilenceFiller | null = null;
  #epochs = 0;
  /** Since the first keyframe, or the first sound while no picture is known. */
  #early: EarlyTag[] = [];
  #timer: NodeJS.Timeout | null = null;
  /** The next keyframe begins a new epoch. */
  #restart = false;
  #refused = false;
  #receiving = false;

  constructor(options: SourceIntakeOptions) {
    this.#options = options;
  }

  accept(message: RtmpMessage): void {
    if (this.#refused) return;
    const event = this.reader.accept(message);
    if (event === null) return;
    switch (event.kind) {
      case "refused":
        this.#refused = true;
        this.#closeEpoch();
        this.#options.onRefused(event.reason);
        return;
      case "video-configuration":
        this.#videoConfigured();
        return;
      case "audio-configuration":
        this.#audioConfigured();
        return;
      case "video":
        this.#video(message, event.keyframe, event.compositionMs);
        return;
      case "audio":
        this.#audio(message);
    }
  }

  /** The publisher is gone: what comes next is another one's. */
  sourceEnd(): void {
    // A source shorter than the waits is still one.
    if (this.#epoch === null && this.#early.length > 0) this.#openFromEarly();
    this.#closeEpoch();
    this.#clearEarly();
    this.reader.reset();
    this.meter.reset();
    this.#timeline.reset();
    this.#restart = false;
    this.#refused = false;
    if (this.#receiving) {
      this.#receiving = false;
      this.#options.onReceiving(false);
    }
  }

  #videoConfigured(): void {
    if (this.#options.expects() === "audio" || (this.#epoch !== null && this.#epoch.video === null)) {
      this.#options.onWarning(
        "picture-too-late",
        "the picture began after the broadcast had started as sound alone: end the stream and publish again",
      );
    } else if (this.#epoch !== null) {
      // Copied on, new parameters decode as garbage: nothing of them may reach the old run.
      this.#closeEpoch();
    } else if (this.#early[0]?.type === tagTypes.audio) {
      this.#clearEarly();
    }
  }

  #audioConfigured(): void {
    if (this.#epoch !== null && this.#epoch.video !== null) this.#restart = true;
    else if (this.#epoch !== null) this.#closeEpoch();
    else if (this.#early[0]?.type === tagTypes.video) this.#openFromEarly();
  }

  #video(message: RtmpMessage, keyframe: boolean, compositionMs: number): void {
    if (this.#options.expects() === "audio" || this.#epoch?.video === null) return;
    const { dtsMs } = this.#place("video", message, keyframe);
    // Longer than any encoder reorders would only be a lie.
    const composition = Math.min(5000, Math.max(-5000, compositionMs));
    const tag = { type: tagTypes.video, dtsMs, ptsMs: dtsMs + composition, keyframe, body: message.body };
    if (this.#epoch !== null) {
      const tooLong = dtsMs - this.#epochStartMs > longestEpochMs;
      if (!keyframe || !(this.#restart || tooLong)) {
        this.#emitVideo(tag);
        return;
      }
      this.#closeEpoch();
    }
    if (this.#early.length === 0 || this.#early[0]!.type === tagTypes.audio) {
      if (!keyframe) return;
      this.#clearEarly();
      this.#options.onWarning("picture-missing", null);
      this.#hold(tag, soundWaitMs);
    } else {
      this.#early.push(tag);
    }
    if (this.reader.audio !== null || dtsMs - this.#early[0]!.dtsMs > soundWaitMs) this.#openFromEarly();
  }

  #audio(message: RtmpMessage): void {
    const { dtsMs } = this.#place("audio", message, false);
    const video = this.reader.video !== null && this.#options.expects() !== "audio";
    const tag = { type: tagTypes.audio, dtsMs, ptsMs: dtsMs, keyframe: !video, body: message.body };
    if (this.#epoch !== null) {
      // Sound of new parameters waits for the keyframe that begins their epoch.
      if (this.#epoch.audio !== this.reader.audio) return;
      if (this.#filler?.acceptsAudio(dtsMs) !== false) this.#options.onTag({ ...tag, epoch: this.#epoch });
    } else if (this.#early.length > 0) {
      this.#early.push(tag);
    } else if (!video) {
      this.#hold(tag, this.reader.hints.hasVideo === true ? promisedPictureWaitMs : pictureWaitMs);
    }
  }

  #place(kind: "audio" | "video", message: RtmpMessage, keyframe: boolean) {
    if (!this.#receiving) {
      this.#receiving = true;
      this.#options.onReceiving(true);
    }
    const placed = this.#timeline.place(kind, message.timestampMs, this.#options.now());
    if (placed.jumped) this.#restart = true;
    this.meter.add(kind, placed.dtsMs, message.body.length, keyframe);
    return placed;
  }

  #hold(tag: EarlyTag, waitMs: number): void {
    this.#early = [tag];
    this.#timer = setTimeout(() => this.#waited(), waitMs);
  }

  /** Whoever is still missing is not coming. */
  #waited(): void {
    this.#timer = null;
    if (this.#early.length === 0) return;
    if (this.#early[0]!.type === tagTypes.audio && this.#options.expects() === "video") {
      this.#options.onWarning("picture-missing", "the encoder sends sound but no picture");
      this.#clearEarly();
      return;
    }
    this.#openFromEarly();
  }

  #openFromEarly(): void {
    const tags = this.#early;
    const first = tags[0]!;
    this.#clearEarly();
    const video = first.type === tagTypes.video ? this.reader.video : null;
    if (video === null && this.#options.expects() === "video") return;
    const { frameRate, videoKbps } = this.reader.hints;
    this.#epoch = {
      id: this.#epochs++,
      video,
      audio: this.reader.audio,
      frameRate,
      videoKbps,
      closed: false,
      copyRefused: false,
    };
    this.#epochStartMs = first.dtsMs;
    this.#restart = false;
    this.#filler = video === null ? null : new SilenceFiller(this.#epoch, first.dtsMs);
    for (const tag of tags) {
      if (tag.type === tagTypes.video) this.#emitVideo(tag);
      else if (this.#filler?.acceptsAudio(tag.dtsMs) !== false)
        this.#options.onTag({ ...tag, keyframe: video === null, epoch: this.#epoch });
    }
  }

  #emitVideo(tag: EarlyTag): void {
    const epoch = this.#epoch!;
    for (const silence of this.#filler?.beforeVideo(tag.dtsMs) ?? []) this.#options.onTag(silence);
    this.#options.onTag({ ...tag, epoch });
  }

  #closeEpoch(): void {
    if (this.#epoch === null) return;
    this.#epoch.closed = true;
    this.#epoch = null;
    this.#filler = null;
    this.#options.onEpochEnd();
  }

  #clearEarly(): void {
    this.#early = [];
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
