/** How a stream does: now, and over time. Bitrates in kbit/s, rates in frames a second. */
import * as v from "valibot";
import { StreamAudience } from "./analytics.ts";
import { figures } from "./figures.ts";
import { Instant, identifier } from "./identifier.ts";
import { listOf } from "./list.ts";
import { ShedRendition, StreamRendition, StreamSource, StreamStatus, StreamWarning } from "./streams.ts";

const Amount = v.pipe(v.number(), v.minValue(0));

/** One look at a stream, every ten seconds while it runs. */
export const StreamSample = v.pipe(
  v.object({
    at: Instant,
    bitrateKbps: Amount,
    frameRate: Amount,
    keyframeIntervalSeconds: v.nullable(Amount),
    /** Frames that should have come since the sample before and did not. */
    droppedFrames: Amount,
    /** How far audio is ahead of video (negative: behind), in milliseconds. */
    audioDriftMs: v.nullable(v.number()),
    /** How many seconds of media the encoders made in a second of time; below 1 they fall behind. */
    encodingSpeed: v.nullable(Amount),
    /** How much of the source waits for the encoders. */
    backlogSeconds: Amount,
    renditions: v.pipe(v.number(), v.integer(), v.minValue(0)),
    viewers: v.pipe(v.optional(Amount, 0), v.description(figures.viewersNow)),
  }),
  v.metadata({ ref: "StreamSample" }),
);
export type StreamSample = v.InferOutput<typeof StreamSample>;

/** GET /api/streams/:id/stats */
export const StreamStats = v.pipe(
  v.object({
    streamId: identifier("stream"),
    status: StreamStatus,
    /** Seconds since the broadcast began; null off air. */
    uptimeSeconds: v.nullable(v.number()),
    source: v.nullable(StreamSource),
    /** The newest sample; null when there is none of the last minute. */
    now: v.nullable(StreamSample),
    renditions: v.array(StreamRendition),
    /** Renditions that are not made now, and why. */
    shed: v.array(ShedRendition),
    warnings: v.array(StreamWarning),
    viewers: v.pipe(v.number(), v.description(figures.viewersNow)),
    peakViewers: v.pipe(v.number(), v.description(figures.livePeak)),
    /** A picture of the last seconds; null when there is none. */
    thumbnailUrl: v.nullable(v.string()),
  }),
  v.metadata({ ref: "StreamStats" }),
);
export type StreamStats = v.InferOutput<typeof StreamStats>;

/** GET /api/streams/:id/analytics `?from=&to=`: samples, oldest first, thinned to what a chart shows. */
export const StreamAnalytics = v.pipe(
  v.object({
    streamId: identifier("stream"),
    broadcasts: v.array(
      v.object({
        startedAt: Instant,
        endedAt: v.nullable(Instant),
        /** How often the encoder's connection was lost and came back. */
        reconnects: v.number(),
        peakViewers: v.pipe(v.number(), v.description(figures.peakViewers)),
        averageBitrateKbps: v.nullable(v.number()),
      }),
    ),
    samples: v.array(StreamSample),
    audience: StreamAudience,
  }),
  v.metadata({ ref: "StreamAnalytics" }),
);
export type StreamAnalytics = v.InferOutput<typeof StreamAnalytics>;
export const StreamSampleList = listOf(StreamSample);
