/** FLV tags and the media messages of RTMP, whose bodies are the same (Adobe, FLV 10.1, Annex E.4). */

export const tagTypes = { audio: 8, video: 9 } as const;
export type TagType = (typeof tagTypes)[keyof typeof tagTypes];

export interface VideoTag {
  /** 7 is H.264; 12 is what some encoders use for H.265. Null for Enhanced RTMP, whose codec is `fourCc`. */
  readonly codecId: number | null;
  readonly fourCc: string | null;
  readonly keyframe: boolean;
  /** 0 sequence header, 1 pictures, 2 end of sequence; null when not H.264. */
  readonly packetType: number | null;
  /** Presentation minus decode time in milliseconds, signed. */
  readonly compositionMs: number;
}

/** Null when the body is too short to say what it is, which encoders do send and players skip. */
export function parseVideoTag(body: Buffer): VideoTag | null {
  if (body.length < 1) return null;
  const first = body[0]!;
  if ((first & 0x80) !== 0) {
    // Enhanced RTMP v2: the high bit, then frame type (3) and packet type (4), then a FourCC.
    if (body.length < 5) return null;
    return {
      codecId: null,
      fourCc: body.toString("latin1", 1, 5),
      keyframe: ((first >> 4) & 7) === 1,
      packetType: null,
      compositionMs: 0,
    };
  }
  const codecId = first & 0x0f;
  const keyframe = first >> 4 === 1;
  if (codecId !== avcCodecId) return { codecId, fourCc: null, keyframe, packetType: null, compositionMs: 0 };
  if (body.length < 5) return null;
  return { codecId, fourCc: null, keyframe, packetType: body[1]!, compositionMs: body.readIntBE(2, 3) };
}

export const avcCodecId = 7;
export const aacFormat = 10;
/** What FLV calls MP3, at any rate and at 8 kHz. */
export const mp3Formats: readonly number[] = [2, 14];

export interface AudioTag {
  readonly format: number;
  readonly sampleRateHz: number;
  readonly channels: number;
  /** Of AAC: 0 sequence header, 1 frame; null for other formats. */
  readonly packetType: number | null;
}

export function parseAudioTag(body: Buffer): AudioTag | null {
  if (body.length < 2) return null;
  const first = body[0]!;
  const format = first >> 4;
  return {
    format,
    sampleRateHz: format === 14 ? 8000 : 44_100 >> (3 - ((first >> 2) & 3)),
    channels: (first & 1) + 1,
    packetType: format === aacFormat ? body[1]! : null,
  };
}

/** An FLV file's beginning. The flags must be true: FFmpeg waits for every stream that they announce. */
export function flvHeader(hasVideo: boolean, hasAudio: boolean): Buffer {
  const flags = (hasAudio ? 4 : 0) | (hasVideo ? 1 : 0);
  return Buffer.from([0x46, 0x4c, 0x56, 1, flags, 0, 0, 0, 9, 0, 0, 0, 0]);
}

/** What stands before and behind a tag's body; `timestampMs` is taken as 32 bits. */
export function flvTagFrame(type: TagType, timestampMs: number, length: number): [Buffer, Buffer] {
  const head = Buffer.alloc(11);
  head[0] = type;
  head.writeUIntBE(length, 1, 3);
  head.writeUIntBE(timestampMs & 0xffffff, 4, 3);
  head[7] = (timestampMs >>> 24) & 0xff;
  const tail = Buffer.alloc(4);
  tail.writeUInt32BE(length + 11);
  return [head, tail];
}

/** The body of an AAC tag, 44 kHz stereo as the format demands of AAC whatever it holds. */
export function aacTagBody(packetType: 0 | 1, data: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0xaf, packetType]), data]);
}
