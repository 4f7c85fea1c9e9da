import type { TagType } from "../ingest/flv-tag.ts";
import type { AudioConfiguration, VideoConfiguration } from "../ingest/source-reader.ts";

/** A stretch of source with one set of parameters and one unbroken clock: what one ladder run can carry. */
export interface SourceEpoch {
  readonly id: number;
  readonly video: VideoConfiguration;
  /** The source is sound alone, and black is put in. */
  readonly blank: boolean;
  /** Null: silence is put in. */
  readonly audio: AudioConfiguration | null;
  /** What the encoder announced; a hint. */
  readonly frameRate: number | null;
  readonly videoKbps: number | null;
  /** Nothing follows in it. */
  closed: boolean;
  /** Keyframes came too far apart, so no rung may be a copy. */
  copyRefused: boolean;
}

/** A tag on the broadcast's clock: milliseconds since the broadcast began. */
export interface SourceTag {
  readonly epoch: SourceEpoch;
  readonly type: TagType;
  readonly dtsMs: number;
  readonly ptsMs: number;
  /** A video keyframe: a run may begin here. */
  readonly keyframe: boolean;
  readonly body: Buffer;
}
