/** Reports of events: who came, how long they watched, how well it played, what they did. Times in seconds. */
import * as v from "valibot";
import { figures } from "./figures.ts";
import { Instant, identifier } from "./identifier.ts";

const Amount = v.pipe(v.number(), v.minValue(0));
const Share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const figure = <T extends v.GenericSchema<number | null>>(schema: T, name: keyof typeof figures) =>
  v.pipe(schema, v.description(figures[name]));

const renditionsEntry = v.pipe(
  v.array(v.object({ name: v.string(), seconds: Amount })),
  v.description(figures.renditionSeconds),
);

/** How well it played. Null: nobody said. */
export const Quality = v.pipe(
  v.object({
    joinSeconds: figure(v.nullable(Amount), "joinSeconds"),
    stalls: figure(Amount, "stalls"),
    stallSeconds: figure(Amount, "stallSeconds"),
    stallShare: figure(v.nullable(Share), "stallShare"),
    latencySeconds: figure(v.nullable(Amount), "latencySeconds"),
    errors: figure(Amount, "errors"),
  }),
  v.metadata({ ref: "Quality" }),
);
export type Quality = v.InferOutput<typeof Quality>;

/** What was done, in numbers. */
export const Deeds = v.pipe(
  v.object({
    messages: figure(Amount, "messages"),
    questions: figure(Amount, "questions"),
    upvotes: figure(Amount, "upvotes"),
    votes: figure(Amount, "votes"),
    reactions: figure(Amount, "reactions"),
  }),
  v.metadata({ ref: "Deeds" }),
);
export type Deeds = v.InferOutput<typeof Deeds>;

/** A score and its parts, each already weighted: they add up to the score. */
export const Engagement = v.pipe(
  v.object({
    score: v.pipe(v.number(), v.minValue(0), v.maxValue(100), v.description(figures.engagementScore)),
    parts: v.pipe(
      v.object({
        watching: Amount,
        messages: Amount,
        questions: Amount,
        upvotes: Amount,
        votes: Amount,
        reactions: Amount,
      }),
      v.description(figures.engagementParts),
    ),
  }),
  v.metadata({ ref: "Engagement" }),
);
export type Engagement = v.InferOutput<typeof Engagement>;

const watchingEntries = {
  uniqueViewers: figure(Amount, "uniqueViewers"),
  peakViewers: figure(Amount, "peakViewers"),
  peakAt: v.pipe(v.nullable(Instant), v.description(figures.peakAt)),
  watchSeconds: figure(Amount, "watchSeconds"),
  averageWatchSeconds: figure(Amount, "averageWatchSeconds"),
  quality: Quality,
  renditions: renditionsEntry,
};

/** Who watched a stream, in some time: of its players and playlists. */
export const StreamAudience = v.pipe(v.object(watchingEntries), v.metadata({ ref: "StreamAudience" }));
export type StreamAudience = v.InferOutput<typeof StreamAudience>;

const audienceEntries = { ...watchingEntries, engagement: Engagement, deeds: Deeds };

export const SessionAnalytics = v.pipe(
  v.object({
    sessionId: identifier("session"),
    title: v.string(),
    /** What shares of the session are measured against; null before it began. */
    startedAt: v.nullable(Instant),
    endedAt: v.nullable(Instant),
    ...audienceEntries,
    averageWatchShare: figure(Share, "watchShare"),
    retention: v.pipe(v.array(v.object({ at: Share, share: Share })), v.description(figures.retention)),
  }),
  v.metadata({ ref: "SessionAnalytics" }),
);
export type SessionAnalytics = v.InferOutput<typeof SessionAnalytics>;

export const ReportMoment = v.pipe(
  v.object({
    at: Instant,
    kind: v.picklist([
      "session-start",
      "session-end",
      "stream-start",
      "stream-lost",
      "stream-end",
      "poll",
      "announcement",
      "drop-out",
    ]),
    sessionId: v.nullable(identifier("session")),
    /** A session's or stream's title, a poll's question, or how many left. */
    text: v.string(),
  }),
  v.metadata({ ref: "ReportMoment" }),
);
export type ReportMoment = v.InferOutput<typeof ReportMoment>;

/** GET /api/events/:id/analytics */
export const EventAnalytics = v.pipe(
  v.object({
    eventId: identifier("event"),
    title: v.string(),
    /** Everything that came before is in here; while the event is live it is seconds ago. */
    asOf: Instant,
    /** From the first sign of anyone to the last; null when nobody came. */
    from: v.nullable(Instant),
    to: v.nullable(Instant),
    summary: v.object({
      ...audienceEntries,
      viewersNow: figure(Amount, "viewersNow"),
      signedInViewers: figure(Amount, "signedInViewers"),
      seats: figure(Amount, "seats"),
      seatsTaken: figure(Amount, "seatsTaken"),
    }),
    curve: v.pipe(
      v.object({
        stepSeconds: figure(Amount, "stepSeconds"),
        points: v.array(
          v.object({
            at: Instant,
            viewers: figure(Amount, "curveViewers"),
            peakViewers: figure(Amount, "peakViewers"),
            watchSeconds: figure(Amount, "watchSeconds"),
            messages: figure(Amount, "chatRate"),
          }),
        ),
      }),
      v.description(figures.curve),
    ),
    moments: v.array(ReportMoment),
    sessions: v.array(SessionAnalytics),
    /** Those with the most upvotes: ten at most. */
    topQuestions: v.array(
      v.object({
        sessionId: identifier("session"),
        text: v.string(),
        /** Null: asked anonymously. */
        askedBy: v.nullable(v.string()),
        upvotes: figure(Amount, "upvotes"),
        answer: v.nullable(v.string()),
      }),
    ),
    polls: v.array(
      v.object({
        sessionId: identifier("session"),
        question: v.string(),
        voters: figure(Amount, "voters"),
        options: v.array(v.object({ text: v.string(), votes: figure(Amount, "optionVotes") })),
      }),
    ),
    devices: v.pipe(
      v.array(v.object({ device: v.string(), viewers: Amount })),
      v.description(figures.devices),
    ),
    browsers: v.pipe(
      v.array(v.object({ browser: v.string(), viewers: Amount })),
      v.description(figures.browsers),
    ),
  }),
  v.metadata({ ref: "EventAnalytics" }),
);
export type EventAnalytics = v.InferOutput<typeof EventAnalytics>;
