/** What the media sidecar and the edge API say to each other under `/internal/media`; all with INTERNAL_API_KEY. */
import * as v from "valibot";
import { Visibility } from "./events.ts";
import { Instant, identifier } from "./identifier.ts";
import { NodeCapacity } from "./internal-aftermath.ts";
import { LatencyMode, StreamRendition, StreamSource, StreamStatus, StreamWarning } from "./streams.ts";

/** A stream as the sidecar needs it. */
export const MediaStream = v.object({
  streamId: identifier("stream"),
  playbackId: identifier("playback"),
  status: StreamStatus,
  /** `public`: may be watched without a token. */
  visibility: Visibility,
  latencyMode: LatencyMode,
  record: v.boolean(),
  reconnectWindowSeconds: v.number(),
  /** Also read from records on disk, which older sidecars wrote without these. */
  rewindSeconds: v.optional(v.number(), 120),
  /** Playback tokens of lower generations are revoked. */
  playbackGeneration: v.optional(v.number(), 0),
});
export type MediaStream = v.InferOutput<typeof MediaStream>;

/** POST /internal/media/publish: may this key publish here? The key itself may be any string an encoder sent. */
export const PublishRequest = v.object({
  nodeId: identifier("mediaNode"),
  streamKey: v.pipe(v.string(), v.maxLength(8192)),
  address: v.pipe(v.string(), v.maxLength(64)),
});
export const PublishDecision = v.variant("decision", [
  v.object({ decision: v.literal("allow"), stream: MediaStream }),
  v.object({
    decision: v.literal("deny"),
    reason: v.picklist(["unknown-key", "live-elsewhere", "event-over"]),
    streamId: v.nullable(identifier("stream")),
  }),
]);
export type PublishDecision = v.InferOutput<typeof PublishDecision>;

/** POST /internal/media/resolve-key `{streamKey}`: 200 `{playbackId, playbackGeneration}` or 404; for `/hls/<stream key>/master.m3u8`. */
export const ResolveKeyRequest = v.object({ streamKey: v.pipe(v.string(), v.maxLength(8192)) });
export const ResolveKeyResponse = v.object({
  playbackId: identifier("playback"),
  playbackGeneration: v.number(),
});

/**
 * POST /internal/media/status, 204. `revision` grows with every report of one node about one stream; an older one
 * is ignored, so reports may be retried and reordered.
 */
export const StreamReport = v.object({
  streamId: identifier("stream"),
  revision: v.pipe(v.number(), v.safeInteger()),
  /** Absent where only `lastError` is said, as for a refused second publisher. */
  status: v.optional(v.picklist(["starting", "live", "reconnecting", "ended"])),
  broadcastId: v.optional(v.nullable(identifier("broadcast"))),
  startedAt: v.optional(v.nullable(Instant)),
  source: v.optional(v.nullable(StreamSource)),
  renditions: v.optional(v.array(StreamRendition)),
  warnings: v.optional(v.array(StreamWarning)),
  lastError: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(500)))),
});
export type StreamReport = v.InferOutput<typeof StreamReport>;
export const StatusRequest = v.object({
  nodeId: identifier("mediaNode"),
  reports: v.pipe(v.array(StreamReport), v.minLength(1), v.maxLength(200)),
});

/** POST /internal/media/viewers, 204: who fetched playlists since the last report; in parts where there are more. */
export const ViewersRequest = v.object({
  nodeId: identifier("mediaNode"),
  streams: v.pipe(
    v.array(
      v.object({
        streamId: identifier("stream"),
        viewerIds: v.pipe(v.array(v.pipe(v.string(), v.maxLength(64))), v.maxLength(2000)),
      }),
    ),
    v.maxLength(200),
  ),
});
export type ViewersRequest = v.InferOutput<typeof ViewersRequest>;

/** POST /internal/media/heartbeat, every 5 s. */
export const HeartbeatRequest = v.object({
  nodeId: identifier("mediaNode"),
  hlsHost: v.pipe(v.string(), v.maxLength(255)),
  rtmpHost: v.pipe(v.string(), v.maxLength(255)),
  liveStreams: v.number(),
  capacity: v.optional(NodeCapacity),
});
export type HeartbeatRequest = v.InferOutput<typeof HeartbeatRequest>;
/** What the edge believes runs on this node, and the key that verifies playback tokens (base64url, HS256). */
export const HeartbeatResponse = v.object({ streams: v.array(MediaStream), playbackKey: v.string() });
export type HeartbeatResponse = v.InferOutput<typeof HeartbeatResponse>;

/** GET /internal/media/commands?nodeId=&after=&waitSeconds= : orders, oldest first; a long poll of at most 25 s. */
export const MediaCommand = v.object({
  id: v.number(),
  /**
   * cut: drop the publisher, its key has changed. end: end the stream at once. revoke: refuse playback tokens below
   * `playbackGeneration`, and move the segments to where those who hold them do not know. relays: read them anew.
   * delete-recording: remove its files.
   */
  kind: v.picklist(["cut", "end", "revoke", "relays", "delete-recording"]),
  streamId: identifier("stream"),
  playbackId: identifier("playback"),
  /** Of a revocation; null otherwise. */
  playbackGeneration: v.optional(v.nullable(v.number()), null),
  /** Of `delete-recording`; null otherwise. */
  recordingId: v.optional(v.nullable(identifier("recording")), null),
});
export type MediaCommand = v.InferOutput<typeof MediaCommand>;
export const MediaCommands = v.object({ commands: v.array(MediaCommand) });
/** POST /internal/media/commands/acknowledge, 204. */
export const AcknowledgeRequest = v.object({
  nodeId: identifier("mediaNode"),
  ids: v.pipe(v.array(v.number()), v.maxLength(1000)),
});
