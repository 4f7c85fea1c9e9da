/** What media machines and the edge API say about recordings, relays and health; all with INTERNAL_API_KEY. */
import * as v from "valibot";
import { Visibility } from "./events.ts";
import { Instant, identifier } from "./identifier.ts";
import { RecordingStatus, UploadStatus } from "./recordings.ts";
import { RelayStatus, RelayUrl } from "./relays.ts";
import { StreamSample } from "./stream-health.ts";
import { ShedRendition } from "./streams.ts";

const nodeId = identifier("mediaNode");
const Words = v.nullable(v.pipe(v.string(), v.maxLength(500)));
const Amount = v.pipe(v.number(), v.minValue(0));

/** A file's name within its recording, as it stands in URLs. */
export const RecordingFileName = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9-]{1,40}\.(?:mp4|jpg)$/, "is not a file's name"),
);

/**
 * PUT /internal/media/recordings: what the node has of these recordings. `revision` grows with every report of one
 * recording; an older one is ignored, and so is one about a recording that was deleted meanwhile.
 */
export const RecordingReport = v.object({
  recordingId: identifier("recording"),
  streamId: identifier("stream"),
  broadcastId: identifier("broadcast"),
  /** Under which it is watched: `/hls/<playbackId>/[~<token>/]master.m3u8`, `/hls/<playbackId>/[~<token>/]<file>`. */
  playbackId: identifier("playback"),
  revision: v.pipe(v.number(), v.safeInteger()),
  status: RecordingStatus,
  startedAt: Instant,
  endedAt: v.nullable(Instant),
  durationSeconds: Amount,
  sizeBytes: Amount,
  progress: v.nullable(v.pipe(Amount, v.maxValue(1))),
  files: v.pipe(
    v.array(
      v.object({
        name: RecordingFileName,
        durationSeconds: Amount,
        sizeBytes: Amount,
        width: v.nullable(Amount),
        height: v.nullable(Amount),
      }),
    ),
    v.maxLength(1000),
  ),
  poster: v.nullable(RecordingFileName),
  /** Pictures along it as WebVTT, beside what it names. */
  thumbnails: v.optional(v.nullable(v.literal("thumbnails.vtt"))),
  upload: v.nullable(UploadStatus),
  error: Words,
});
export type RecordingReport = v.InferOutput<typeof RecordingReport>;
export const RecordingsRequest = v.object({
  nodeId,
  reports: v.pipe(v.array(RecordingReport), v.maxLength(100)),
  /** Recordings that the node removed because they were too old or too many; they are gone for everyone. */
  expired: v.optional(v.pipe(v.array(identifier("recording")), v.maxLength(1000)), []),
});
/** Its answer. */
export const RecordingsResponse = v.object({
  /** Recordings among those reported that were deleted, or whose stream was: their files are to go. */
  deleted: v.array(identifier("recording")),
  /** Who may watch the others now. */
  access: v.array(
    v.object({
      recordingId: identifier("recording"),
      visibility: Visibility,
      playbackGeneration: v.number(),
    }),
  ),
});
export type RecordingsResponse = v.InferOutput<typeof RecordingsResponse>;

/** A destination as its node needs it; the key stands nowhere else in clear. */
export const MediaRelay = v.object({
  relayId: identifier("relay"),
  streamId: identifier("stream"),
  url: RelayUrl,
  /** Null when it cannot be read any more: the deployment's secret has changed since it was entered. */
  key: v.nullable(v.string()),
  enabled: v.boolean(),
  /** Grows with each edit. */
  version: v.number(),
});
export type MediaRelay = v.InferOutput<typeof MediaRelay>;
/** GET /internal/media/relays?nodeId= : those of the streams that this node holds. */
export const MediaRelays = v.object({ relays: v.array(MediaRelay) });

/** POST /internal/media/relays/status, 204. Of one relay only the highest revision counts. */
export const RelayStatusRequest = v.object({
  nodeId,
  reports: v.pipe(
    v.array(
      v.object({
        relayId: identifier("relay"),
        revision: v.pipe(v.number(), v.safeInteger()),
        status: RelayStatus,
        error: Words,
        bitrateKbps: v.nullable(Amount),
        attempts: Amount,
        liveSince: v.nullable(Instant),
      }),
    ),
    v.minLength(1),
    v.maxLength(500),
  ),
});
export type RelayStatusRequest = v.InferOutput<typeof RelayStatusRequest>;

/** POST /internal/media/samples, 204; a sample of the same instant is kept once. */
export const SamplesRequest = v.object({
  nodeId,
  streams: v.pipe(
    v.array(
      v.object({
        streamId: identifier("stream"),
        broadcastId: identifier("broadcast"),
        samples: v.pipe(v.array(StreamSample), v.minLength(1), v.maxLength(360)),
        shed: v.pipe(v.array(ShedRendition), v.maxLength(10)),
        /** How often the encoder came back in this broadcast; the edge sees only what is not over too soon. */
        reconnects: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000))),
      }),
    ),
    v.minLength(1),
    v.maxLength(200),
  ),
});
export type SamplesRequest = v.InferOutput<typeof SamplesRequest>;

/** What a machine can carry, in every heartbeat; it was measured, not guessed. */
export const NodeCapacity = v.object({
  /** Encoder found by trial: `libx264`, `h264_nvenc`, … */
  encoder: v.string(),
  /** Luma samples it encodes in a second, all rungs of all streams together. */
  samplesPerSecond: Amount,
  /** Of that, promised to streams that run. */
  promised: Amount,
  /** Of the media disk; null where it could not be seen. */
  freeBytes: v.nullable(Amount),
});
export type NodeCapacity = v.InferOutput<typeof NodeCapacity>;
