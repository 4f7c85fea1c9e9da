/** From a publisher's messages to tags in epochs: when to begin, when to begin anew, what to leave out. */

import { SourceObserver } from "../health/source-observer.ts";
import { blackConfiguration, blackFramesPerSecond, blackKbps } from "../ingest/black-picture.ts";
import { tagTypes } from "../ingest/flv-tag.ts";
import type { RtmpMessage } from "../ingest/rtmp-chunk-reader.ts";
import { SourceMeter } from "../ingest/source-meter.ts";
import { SourceReader } from "../ingest/source-reader.ts";
import { SourceTimeline } from "../ingest/source-timeline.ts";
import { BlackFiller } from "./black-filler.ts";
import { SilenceFiller } from "./silence-filler.ts";
import type { SourceEpoch, SourceTag } from "./source-epoch.ts";

export interface SourceIntakeOptions {
  /** The broadcast's clock, milliseconds since it began. */
  now(): number;
  /** Whether the broadcast has shown a picture before. */
  hasShownPicture(): boolean;
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
/** A picture that stays away this long, or four times as long as it ever did, has stopped: the sound goes on alone. */
const lostPictureMs = { least: 4000, factor: 4, most: 15_000 };
/** FLV times are 32 bits: a new epoch long before they would wrap. */
const longestEpochMs = 20 * 24 * 3600 * 1000;

/** A tag whose epoch is not known yet. */
type EarlyTag = Omit<SourceTag, "epoch">;

export class SourceIntake {
  readonly reader = new SourceReader();
  readonly meter = new SourceMeter();
  readonly observer = new SourceObserver();
  readonly #options: SourceIntakeOptions;
  readonly #timeline = new SourceTimeline();
  #epoch: SourceEpoch | null = null;
  #epochStartMs = 0;
  #filler: SilenceFiller | null = null;
  #epochs = 0;
  #blackFiller: BlackFiller | null = null;
  /** Of the present publisher: when its last picture was, the longest it ever stayed away, and whether it is awaited. */
  #picture: { atMs: number; longestGapMs: number } | null = null;
  #awaitsPicture = true;
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
    this.observer.reset();
    this.#timeline.reset();
    this.#picture = null;
    this.#awaitsPicture = true;
    this.#restart = false;
    this.#refused = false;
    if (this.#receiving) {
      this.#receiving = false;
      this.#options.onReceiving(false);
    }
  }

  #videoConfigured(): void {
    // A blank epoch goes on until the picture's first keyframe is there.
    if (this.#epoch?.blank) return;
    // Copied on, new parameters decode as garbage: nothing of them may reach the old run.
    if (this.#epoch !== null) this.#closeEpoch();
    else if (this.#early[0]?.type === tagTypes.audio) this.#clearEarly();
  }

  #audioConfigured(): void {
    if (this.#epoch?.blank) this.#closeEpoch();
    else if (this.#epoch !== null) this.#restart = true;
    else if (this.#early[0]?.type === tagTypes.video) this.#openFromEarly();
  }

  #video(message: RtmpMessage, keyframe: boolean, compositionMs: number): void {
    const { dtsMs } = this.#place("video", message, keyframe, compositionMs);
    const { atMs = dtsMs, longestGapMs = 0 } = this.#picture ?? {};
    this.#picture = { atMs: dtsMs, longestGapMs: Math.max(longestGapMs, dtsMs - atMs) };
    // Longer than any encoder reorders would only be a lie.
    const composition = Math.min(5000, Math.max(-5000, compositionMs));
    const tag = { type: tagTypes.video, dtsMs, ptsMs: dtsMs + composition, keyframe, body: message.body };
    if (this.#epoch !== null) {
      if (this.#epoch.blank) {
        if (!keyframe) return;
      } else if (!keyframe || !(this.#restart || this.#isTooLong(dtsMs))) {
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
    const tag = { type: tagTypes.audio, dtsMs, ptsMs: dtsMs, keyframe: false, body: message.body };
    if (this.#epoch !== null && !this.#epoch.blank && this.#hasLostPicture(dtsMs)) {
      this.#options.onWarning("picture-missing", "the picture has stopped, and the sound goes on without it");
      this.#awaitsPicture = false;
      this.#closeEpoch();
    }
    if (this.#epoch?.blank && this.#isTooLong(dtsMs)) this.#closeEpoch();
    if (this.#epoch !== null) {
      // Sound of new parameters waits for the keyframe that begins their epoch.
      if (this.#epoch.audio !== this.reader.audio) return;
      if (this.#filler?.acceptsAudio(dtsMs) !== false) this.#emitAudio(tag);
    } else if (this.#early.length > 0) {
      this.#early.push(tag);
    } else if (!this.#awaitsPicture) {
      this.#early = [tag];
      this.#openFromEarly();
    } else if (this.reader.video === null) {
      this.#hold(tag, this.reader.hints.hasVideo === true ? promisedPictureWaitMs : pictureWaitMs);
    }
  }

  #isTooLong(dtsMs: number): boolean {
    return dtsMs - this.#epochStartMs > longestEpochMs;
  }

  #hasLostPicture(dtsMs: number): boolean {
    if (this.#picture === null) return false;
    const { least, factor, most } = lostPictureMs;
    const patience = Math.min(most, Math.max(least, factor * this.#picture.longestGapMs));
    return dtsMs - this.#picture.atMs > patience;
  }

  #place(kind: "audio" | "video", message: RtmpMessage, keyframe: boolean, compositionMs = 0) {
    if (!this.#receiving) {
      this.#receiving = true;
      this.#options.onReceiving(true);
    }
    const placed = this.#timeline.place(kind, message.timestampMs, this.#options.now());
    if (placed.jumped) this.#restart = true;
    this.meter.add(kind, placed.dtsMs, message.body.length, keyframe);
    this.observer.add({
      ...placed,
      ...{ kind, compositionMs, bytes: message.body.length, arrivedAtMs: performance.now() },
    });
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
    if (this.#early[0]!.type === tagTypes.audio) {
      this.#awaitsPicture = false;
      // Sound alone from the beginning is what its encoder wants.
      if (this.#options.hasShownPicture() || this.reader.hints.hasVideo === true)
        this.#options.onWarning("picture-missing", "the encoder sends sound but no picture");
    }
    this.#openFromEarly();
  }

  #openFromEarly(): void {
    const tags = this.#early;
    const first = tags[0]!;
    this.#clearEarly();
    const video = first.type === tagTypes.video ? this.reader.video : null;
    const { frameRate, videoKbps } = this.reader.hints;
    const epoch: SourceEpoch = {
      id: this.#epochs++,
      video: video ?? blackConfiguration,
      blank: video === null,
      audio: this.reader.audio,
      frameRate: video === null ? blackFramesPerSecond : frameRate,
      videoKbps: video === null ? blackKbps : videoKbps,
      closed: false,
      copyRefused: false,
    };
    this.#epoch = epoch;
    this.#epochStartMs = first.dtsMs;
    this.#restart = false;
    this.#filler = epoch.blank ? null : new SilenceFiller(epoch, first.dtsMs);
    this.#blackFiller = epoch.blank ? new BlackFiller(epoch, first.dtsMs) : null;
    for (const tag of tags) {
      if (tag.type === tagTypes.video) this.#emitVideo(tag);
      else if (this.#filler?.acceptsAudio(tag.dtsMs) !== false) this.#emitAudio(tag);
    }
  }

  #emitVideo(tag: EarlyTag): void {
    const epoch = this.#epoch!;
    for (const silence of this.#filler?.beforeVideo(tag.dtsMs) ?? []) this.#options.onTag(silence);
    this.#options.onTag({ ...tag, epoch });
  }

  #emitAudio(tag: EarlyTag): void {
    const epoch = this.#epoch!;
    for (const black of this.#blackFiller?.beforeAudio(tag.dtsMs) ?? []) this.#options.onTag(black);
    this.#options.onTag({ ...tag, epoch });
  }

  #closeEpoch(): void {
    if (this.#epoch === null) return;
    this.#epoch.closed = true;
    this.#epoch = null;
    this.#filler = null;
    this.#blackFiller = null;
    this.#options.onEpochEnd();
  }

  #clearEarly(): void {
    this.#early = [];
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
