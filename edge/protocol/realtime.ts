import * as v from "valibot";
import { ChatAuthor, ChatMessage, chatEntries, Mute } from "./chat.ts";
import { Emoji, Mine, ReactionBurst, SessionSnapshot, TypingData, watchEntries } from "./engagement.ts";
import { Announcement, Event, Session } from "./events.ts";
import { identifier } from "./identifier.ts";
import { Poll, PollTotal, PollVoted, voteEntries } from "./polls.ts";
import { ProblemBody } from "./problem.ts";
import { Question, QuestionTotal, questionEntries, Upvoted } from "./questions.ts";
import { fnv1a } from "./room-placement.ts";
import { StreamStatusData } from "./streams.ts";

/** Close codes of `/ws`. 1012 asks the client to come back. */
export const closeCodes = {
  malformed: 4400,
  credentialsEnded: 4401,
  banned: 4403,
  silent: 4408,
  flooding: 4429,
  tooSlow: 4430,
  restart: 1012,
} as const;

export const realtimeLimits = {
  frameBytes: 16 * 1024,
  framesPerSecond: 20,
  socketsPerUser: 5,
  silentSeconds: 60,
  pingSeconds: 25,
  /** Someone who typed is shown as typing for so long. */
  typingSeconds: 4,
  /** Reactions of one person in a second. */
  reactionsPerSecond: 5,
  /** Above this many missed events a client gets a snapshot instead. */
  resumeEvents: 1000,
} as const;

/** A client-made name of one command; the same ref from the same user within 24 h does nothing twice. */
export const Ref = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(64),
  v.regex(/^[A-Za-z0-9_.:-]+$/, "is not a ref"),
);
const Seq = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const SessionScope = { sessionId: identifier("session") };

function command<const T extends string, E extends v.ObjectEntries>(type: T, entries: E) {
  return v.object({ type: v.literal(type), ref: Ref, data: v.object(entries) });
}

export const ClientFrame = v.variant("type", [
  /** `frames`: how many have arrived on this connection, so that nothing heaps up for who reads slowly. */
  v.object({ type: v.literal("ping"), frames: v.optional(Seq) }),
  command("event:join", { eventId: identifier("event") }),
  command("event:leave", { eventId: identifier("event") }),
  command("session:join", { ...SessionScope, after: v.optional(Seq) }),
  command("session:leave", SessionScope),
  command("chat:send", { ...SessionScope, ...chatEntries }),
  command("chat:typing", SessionScope),
  command("poll:vote", { ...SessionScope, pollId: identifier("poll"), ...voteEntries }),
  command("question:ask", { ...SessionScope, ...questionEntries }),
  command("question:upvote", { ...SessionScope, questionId: identifier("question") }),
  command("question:unvote", { ...SessionScope, questionId: identifier("question") }),
  command("reaction:send", { ...SessionScope, emoji: Emoji }),
  command("watch:state", { ...SessionScope, ...watchEntries }),
]);
export type ClientFrame = v.InferOutput<typeof ClientFrame>;

/** What the one who joined may do here; a page shows the tools that go with it. */
export const Standing = v.object({
  staff: v.boolean(),
  /** Staff or speaker. */
  team: v.boolean(),
  /** May take part. */
  member: v.boolean(),
});
export type Standing = v.InferOutput<typeof Standing>;
export const SessionJoined = v.object({
  seq: Seq,
  snapshot: v.optional(SessionSnapshot),
  mine: Mine,
  standing: v.optional(Standing),
});
export type SessionJoined = v.InferOutput<typeof SessionJoined>;

/** The ack of `event:join`: the event and what its streams are doing now. */
export const EventState = v.object({ event: Event, streams: v.array(StreamStatusData) });
export type EventState = v.InferOutput<typeof EventState>;

export const ViewersCount = v.object({
  sessionId: v.optional(identifier("session")),
  eventId: v.optional(identifier("event")),
  count: v.number(),
  peak: v.number(),
});
export type ViewersCount = v.InferOutput<typeof ViewersCount>;

/** An event of a session's log. */
function numbered<const T extends string, S extends v.GenericSchema>(type: T, data: S) {
  return v.object({ type: v.literal(type), sessionId: v.string(), seq: Seq, data });
}
/** Said in a session without a seq: totals, and what is this person's own. Said again after a join. */
function told<const T extends string, S extends v.GenericSchema>(type: T, data: S) {
  return v.object({ type: v.literal(type), sessionId: v.string(), data });
}

/** One element of a server frame; a frame is always an array of these. */
export const ServerMessage = v.variant("type", [
  v.object({ type: v.literal("ack"), ref: v.string(), data: v.unknown() }),
  v.object({ type: v.literal("error"), ref: v.nullable(v.string()), problem: ProblemBody }),
  v.object({ type: v.literal("pong") }),
  v.object({ type: v.literal("session:seq"), sessionId: v.string(), seq: Seq }),
  numbered("chat:message", ChatMessage),
  /** To staff and its author: it waits for a moderator. */
  numbered("chat:held", ChatMessage),
  /** To staff: written by someone who is shadow-muted. */
  numbered("chat:shadowed", ChatMessage),
  numbered("chat:deleted", v.object({ messageId: identifier("message") })),
  numbered(
    "chat:pinned",
    v.object({ messageId: identifier("message"), pinned: v.boolean(), message: ChatMessage }),
  ),
  /** All messages so far are gone, or all of one person's. */
  numbered("chat:cleared", v.object({ userId: v.nullable(identifier("user")) })),
  /** To staff, and to whom it concerns unless it is a shadow mute. */
  numbered("chat:muted", Mute),
  /** Questions and polls replace what the client has under the same id. */
  numbered("question:new", Question),
  numbered("question:updated", Question),
  /** To staff, where the session lets them see who asks anonymously. */
  numbered("question:asker", v.object({ questionId: identifier("question"), user: ChatAuthor })),
  numbered("poll:new", Poll),
  numbered("poll:updated", Poll),
  told("poll:vote", PollTotal),
  told("poll:voted", PollVoted),
  told("question:upvote", QuestionTotal),
  told("question:upvoted", Upvoted),
  told("chat:typing", TypingData),
  told("reaction:burst", ReactionBurst),
  v.object({ type: v.literal("viewers:count"), data: ViewersCount }),
  v.object({ type: v.literal("stream:status"), eventId: v.string(), data: StreamStatusData }),
  v.object({ type: v.literal("event:updated"), eventId: v.string(), data: Event }),
  v.object({ type: v.literal("session:updated"), eventId: v.string(), data: Session }),
  v.object({ type: v.literal("announcement"), eventId: v.string(), data: Announcement }),
]);
export type ServerMessage = v.InferOutput<typeof ServerMessage>;

export const RealtimeTicket = v.object({
  ticket: v.string(),
  expiresInSeconds: v.number(),
  readOnly: v.boolean(),
});
export type RealtimeTicket = v.InferOutput<typeof RealtimeTicket>;

/** The gateway that holds all sockets of one person (FNV-1a over the id), `gateway-0` … `gateway-<n-1>`. */
export function gatewayFor(viewerId: string, gateways: number): string {
  return `gateway-${fnv1a(viewerId) % gateways}`;
}
