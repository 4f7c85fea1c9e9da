import * as v from "valibot";
import { DisplayName } from "./accounts.ts";
import { Instant, identifier } from "./identifier.ts";

export const StreamStatus = v.picklist(["idle", "starting", "live", "reconnecting", "ended"]);
export type StreamStatus = v.InferOutput<typeof StreamStatus>;
export const LatencyMode = v.picklist(["standard", "low"]);
export type LatencyMode = v.InferOutput<typeof LatencyMode>;

/** What the encoder sends, as the sidecar sees it. Bitrates in kbit/s, intervals in seconds. */
export const StreamSource = v.pipe(
  v.object({
    videoCodec: v.nullable(v.string()),
    width: v.nullable(v.number()),
    height: v.nullable(v.number()),
    frameRate: v.nullable(v.number()),
    audioCodec: v.nullable(v.string()),
    audioSampleRateHz: v.nullable(v.number()),
    audioChannels: v.nullable(v.number()),
    bitrateKbps: v.nullable(v.number()),
    keyframeIntervalSeconds: v.nullable(v.number()),
  }),
  v.metadata({ ref: "StreamSource" }),
);
export type StreamSource = v.InferOutput<typeof StreamSource>;

export const StreamRendition = v.pipe(
  v.object({
    name: v.string(),
    width: v.nullable(v.number()),
    height: v.nullable(v.number()),
    bitrateKbps: v.number(),
    /** The source's own picture, not encoded again. */
    copied: v.boolean(),
  }),
  v.metadata({ ref: "StreamRendition" }),
);
export type StreamRendition = v.InferOutput<typeof StreamRendition>;

/** Something the person at the encoder can mend, in words. */
export const StreamWarning = v.pipe(
  v.object({ code: v.pipe(v.string(), v.maxLength(64)), detail: v.pipe(v.string(), v.maxLength(500)) }),
  v.metadata({ ref: "StreamWarning" }),
);
export type StreamWarning = v.InferOutput<typeof StreamWarning>;

export const ShedRendition = v.pipe(
  v.object({ name: v.pipe(v.string(), v.maxLength(64)), reason: v.pipe(v.string(), v.maxLength(500)) }),
  v.metadata({ ref: "ShedRendition" }),
);
export type ShedRendition = v.InferOutput<typeof ShedRendition>;

export const Stream = v.pipe(
  v.object({
    id: identifier("stream"),
    title: v.string(),
    sessionId: v.nullable(identifier("session")),
    status: StreamStatus,
    playbackId: identifier("playback"),
    playbackUrl: v.string(),
    latencyMode: LatencyMode,
    record: v.boolean(),
    reconnectWindowSeconds: v.number(),
    rewindSeconds: v.number(),
    /** Where its encoder publishes, without the key; for staff. */
    ingestUrl: v.optional(v.string()),
    startedAt: v.nullable(Instant),
    endedAt: v.nullable(Instant),
    lastError: v.optional(v.nullable(v.string())),
    source: v.optional(v.nullable(StreamSource)),
    renditions: v.optional(v.nullable(v.array(StreamRendition))),
    warnings: v.optional(v.array(StreamWarning)),
    /** Renditions that the machine does not make now, and why. */
    shed: v.optional(v.array(ShedRendition)),
    viewers: v.number(),
    peakViewers: v.number(),
  }),
  v.metadata({ ref: "Stream" }),
);
export type Stream = v.InferOutput<typeof Stream>;

const ReconnectWindow = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1800));
/** How far back viewers can go while it is live; a day is the whole of any shorter broadcast. */
const Rewind = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(86_400));

export const CreateStreamRequest = v.object({
  title: DisplayName,
  sessionId: v.optional(v.nullable(identifier("session")), null),
  latencyMode: v.optional(LatencyMode, "standard"),
  record: v.optional(v.boolean(), false),
  reconnectWindowSeconds: v.optional(ReconnectWindow, 60),
  rewindSeconds: v.optional(Rewind, 120),
});
/** What is left out stays as it is. `sessionId` binds the stream to a session, or frees it with null. */
export const UpdateStreamRequest = v.object({
  title: v.optional(DisplayName),
  sessionId: v.optional(v.nullable(identifier("session"))),
  latencyMode: v.optional(LatencyMode),
  record: v.optional(v.boolean()),
  reconnectWindowSeconds: v.optional(ReconnectWindow),
  rewindSeconds: v.optional(Rewind),
});
export type UpdateStreamRequest = v.InferOutput<typeof UpdateStreamRequest>;
export const StreamCreated = v.object({ stream: Stream, streamKey: v.string(), ingestUrl: v.string() });
export type StreamCreated = v.InferOutput<typeof StreamCreated>;
export const KeyRegenerated = v.object({ streamKey: v.string(), ingestUrl: v.string() });
export type KeyRegenerated = v.InferOutput<typeof KeyRegenerated>;

export const Playback = v.pipe(
  v.object({
    url: v.string(),
    expiresAt: Instant,
    latencyMode: LatencyMode,
    viewerId: v.string(),
    beatToken: v.string(),
    /** How often a player that is open says how it does. */
    beatSeconds: v.number(),
  }),
  v.metadata({ ref: "Playback" }),
);
export type Playback = v.InferOutput<typeof Playback>;

const Counter = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000));
/** Of one play: no player is open for more than two days on end. */
const PlaySeconds = v.pipe(v.number(), v.minValue(0), v.maxValue(2 * 86_400));

/**
 * POST /api/playback/beat: how one play goes, every `beatSeconds` while the player is open, at each change between
 * playing and not, and once when it is closed. Everything is counted from the beginning of the play, so that a beat
 * that is lost, late or told twice changes nothing.
 */
export const PlaybackBeat = v.pipe(
  v.strictObject({
    /** The newest `beatToken` from GET /api/streams/:id/playback. */
    token: v.pipe(v.string(), v.minLength(1), v.maxLength(2048)),
    /** Made by the player for each time it is opened. */
    playId: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{8,40}$/, "is not 8 to 40 letters or digits")),
    /** Grows with each beat of a play. */
    beat: Counter,
    playing: v.boolean(),
    /** Whether this is the play's last. */
    ended: v.optional(v.boolean(), false),
    /** Time that it played, pauses and stalls left out. */
    playedSeconds: PlaySeconds,
    /** The same by the name of the rendition that was shown. */
    renditions: v.optional(
      v.pipe(
        v.record(v.pipe(v.string(), v.regex(/^[\w.-]{1,20}$/, "is not a rendition's name")), PlaySeconds),
        v.maxEntries(16),
      ),
      {},
    ),
    stalls: v.optional(Counter, 0),
    stallSeconds: v.optional(PlaySeconds, 0),
    errors: v.optional(Counter, 0),
    /** From the wish to play to the first picture; once it is known. */
    joinMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(600_000))),
    latencySeconds: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(86_400))),
  }),
  v.metadata({ ref: "PlaybackBeat" }),
);
export type PlaybackBeat = v.InferOutput<typeof PlaybackBeat>;

/** `stream:status`, sent to everyone in the stream's event. */
export const StreamStatusData = v.object({
  streamId: identifier("stream"),
  sessionId: v.nullable(identifier("session")),
  status: StreamStatus,
  playbackId: identifier("playback"),
  startedAt: v.nullable(Instant),
});
export type StreamStatusData = v.InferOutput<typeof StreamStatusData>;

/** A stream key as an encoder sends it. */
export const streamKeyPattern = /^sk_[A-Za-z0-9_-]{22,64}$/;
