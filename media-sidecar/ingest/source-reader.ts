/** Reads what an encoder says about itself: which codecs, which parameters, and whether they can be carried. */
import { type AacConfiguration, isPlainAac, parseAacConfiguration } from "./aac-configuration.ts";
import { decodeAmf0, isAmfObject } from "./amf0.ts";
import { avcCodecString, parseAvcConfiguration } from "./avc-configuration.ts";
import { aacFormat, avcCodecId, mp3Formats, parseAudioTag, parseVideoTag } from "./flv-tag.ts";
import { messageTypes, type RtmpMessage } from "./rtmp-chunk-reader.ts";
import type { SequenceParameters } from "./sequence-parameter-set.ts";

export interface VideoConfiguration {
  /** The FLV tag's body that a new decoder must see first. */
  readonly header: Buffer;
  /** `avc1.640028` and the like. */
  readonly codec: string;
  readonly parameters: SequenceParameters;
}

export interface AudioConfiguration {
  readonly codec: "aac" | "mp3";
  /** The FLV tag's body that a new decoder must see first; null where the codec needs none. */
  readonly header: Buffer | null;
  readonly sampleRateHz: number;
  readonly channels: number;
  /** AAC-LC, 48 kHz, stereo: need not be encoded again. */
  readonly plain: boolean;
}

/** What onMetaData promised; encoders leave out much of it, and some of it is wrong. */
export interface SourceHints {
  readonly hasVideo: boolean | null;
  readonly frameRate: number | null;
  readonly videoKbps: number | null;
}

export type SourceEvent =
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "video-configuration" }
  | { readonly kind: "audio-configuration" }
  | {
      readonly kind: "video";
      readonly keyframe: boolean;
      readonly compositionMs: number;
      readonly message: RtmpMessage;
    }
  | { readonly kind: "audio"; readonly message: RtmpMessage };

const noHints: SourceHints = { hasVideo: null, frameRate: null, videoKbps: null };
const smallestSide = 16;
const largestSide = 4096;
const avcPictures = 1;

/** One publisher's description; `reset` when another begins. Configurations are announced only when they change. */
export class SourceReader {
  video: VideoConfiguration | null = null;
  audio: AudioConfiguration | null = null;
  hints: SourceHints = noHints;

  reset(): void {
    this.video = null;
    this.audio = null;
    this.hints = noHints;
  }

  /** Null for what carries nothing: empty tags, end of sequence, cue points. */
  accept(message: RtmpMessage): SourceEvent | null {
    switch (message.typeId) {
      case messageTypes.video:
        return this.#video(message);
      case messageTypes.audio:
        return this.#audio(message);
      case messageTypes.data:
        return this.#metadata(message.body);
      default:
        return null;
    }
  }

  /** nginx-rtmp drops the pictures of Enhanced RTMP, so that here alone is said what they would have been. */
  #metadata(body: Buffer): SourceEvent | null {
    const metadata = readMetadata(body);
    if (metadata === null) return null;
    this.hints = readHints(metadata);
    const codec = announcedCodec(metadata.videocodecid);
    return codec === null ? null : refused(`the video codec is ${codec}: set H.264 in the encoder`);
  }

  #video(message: RtmpMessage): SourceEvent | null {
    const tag = parseVideoTag(message.body);
    if (tag === null) return null;
    if (tag.codecId !== avcCodecId)
      return refused(
        `the video codec is ${videoCodecName(tag.codecId, tag.fourCc)}: set H.264 in the encoder`,
      );
    if (tag.packetType === avcPictures) {
      const { keyframe, compositionMs } = tag;
      return this.video === null ? null : { kind: "video", keyframe, compositionMs, message };
    }
    if (tag.packetType !== 0 || this.video?.header.equals(message.body)) return null;
    const record = message.body.subarray(5);
    let parameters: SequenceParameters;
    try {
      parameters = parseAvcConfiguration(record);
    } catch {
      return refused("the video's H.264 parameters cannot be read");
    }
    const { width, height } = parameters;
    if (width < smallestSide || height < smallestSide)
      return refused(`the picture is ${width}x${height}: at least ${smallestSide}x${smallestSide} is needed`);
    if (width > largestSide || height > largestSide)
      return refused(
        `the picture is ${width}x${height}: at most ${largestSide} pixels a side can be carried`,
      );
    this.video = { header: message.body, codec: avcCodecString(record), parameters };
    return { kind: "video-configuration" };
  }

  #audio(message: RtmpMessage): SourceEvent | null {
    const tag = parseAudioTag(message.body);
    if (tag === null) return null;
    if (tag.format === aacFormat) {
      if (tag.packetType !== 0)
        return this.audio === null || message.body.length <= 2 ? null : { kind: "audio", message };
      if (this.audio?.header?.equals(message.body)) return null;
      let configuration: AacConfiguration;
      try {
        configuration = parseAacConfiguration(message.body.subarray(2));
      } catch {
        return refused("the sound's AAC parameters cannot be read");
      }
      const { sampleRateHz, channels } = configuration;
      const plain = isPlainAac(configuration);
      this.audio = { codec: "aac", header: message.body, sampleRateHz, channels, plain };
      return { kind: "audio-configuration" };
    }
    if (!mp3Formats.includes(tag.format))
      return refused(`the sound's codec is ${audioCodecName(tag.format)}: set AAC in the encoder`);
    if (this.audio?.codec !== "mp3") {
      const { sampleRateHz, channels } = tag;
      this.audio = { codec: "mp3", header: null, sampleRateHz, channels, plain: false };
      // This first frame is given up: the event says what it is, and the next one follows in 24 ms.
      return { kind: "audio-configuration" };
    }
    return { kind: "audio", message };
  }
}

function refused(reason: string): SourceEvent {
  return { kind: "refused", reason };
}

const fourCcNames: Record<string, string> = { hvc1: "H.265", av01: "AV1", vp09: "VP9", vvc1: "H.266" };

function videoCodecName(codecId: number | null, fourCc: string | null): string {
  if (codecId === 12) return "H.265";
  if (codecId !== null) return `number ${codecId} of FLV`;
  return fourCcNames[fourCc ?? ""] ?? "not one that is known here";
}

const audioCodecNames: Record<number, string> = {
  0: "PCM",
  1: "ADPCM",
  3: "PCM",
  4: "Nellymoser",
  5: "Nellymoser",
  6: "Nellymoser",
  7: "G.711",
  8: "G.711",
  9: "one of Enhanced RTMP",
  11: "Speex",
};

function audioCodecName(format: number): string {
  return audioCodecNames[format] ?? `number ${format} of FLV`;
}

type Metadata = Record<string, unknown>;

/** Null when the message is not onMetaData. */
function readMetadata(body: Buffer): Metadata | null {
  try {
    const values = decodeAmf0(body);
    return values.includes("onMetaData") ? (values.find(isAmfObject) ?? null) : null;
  } catch {
    return null;
  }
}

function readHints(metadata: Metadata): SourceHints {
  return {
    // nginx-rtmp writes a zero for what the encoder left out.
    hasVideo: Boolean(metadata.videocodecid) || Boolean(metadata.width),
    frameRate: within(metadata.framerate, 1, 240) ?? within(metadata.videoframerate, 1, 240),
    videoKbps: within(metadata.videodatarate, 50, 200_000),
  };
}

/** The name of a codec that cannot be carried; null for H.264 and for what says nothing. A FourCC may be a number. */
function announcedCodec(id: unknown): string | null {
  if (id === 12) return "H.265";
  if (typeof id === "string") return fourCcNames[id] ?? null;
  if (typeof id !== "number" || !Number.isInteger(id) || id < 0x20202020 || id > 0x7f7f7f7f) return null;
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(id);
  return fourCcNames[bytes.toString("latin1")] ?? null;
}

function within(value: unknown, least: number, most: number): number | null {
  return typeof value === "number" && value >= least && value <= most ? value : null;
}
