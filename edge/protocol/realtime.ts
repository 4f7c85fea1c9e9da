import * as v from "valibot";
import { ChatMessage, ChatText } from "./chat.ts";
import { Announcement, Event, Session } from "./events.ts";
import { identifier } from "./identifier.ts";
import { ProblemBody } from "./problem.ts";
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
  v.object({ type: v.literal("ping") }),
  command("event:join", { eventId: identifier("event") }),
  command("event:leave", { eventId: identifier("event") }),
  command("session:join", { ...SessionScope, after: v.optional(Seq) }),
  command("session:leave", SessionScope),
  command("chat:send", {
    ...SessionScope,
    text: ChatText,
    replyTo: v.optional(v.nullable(identifier("message"))),
  }),
]);
export type ClientFrame = v.InferOutput<typeof ClientFrame>;

/** Commands that become events of a session's log; the session room gathers and commits them. */
export const SessionCommand = v.variant("type", [
  v.object({
    type: v.literal("chat:send"),
    data: v.object({ text: ChatText, replyTo: v.optional(v.nullable(identifier("message"))) }),
  }),
]);
export type SessionCommand = v.InferOutput<typeof SessionCommand>;

export const SessionSnapshot = v.object({
  messages: v.array(ChatMessage),
  pinned: v.array(ChatMessage),
  polls: v.array(v.unknown()),
  questions: v.array(v.unknown()),
});
export type SessionSnapshot = v.InferOutput<typeof SessionSnapshot>;

/** What is this user's own in a session: votes and upvotes. Empty for anonymous viewers. */
export const Mine = v.object({
  votes: v.record(v.string(), v.array(v.string())),
  upvotes: v.array(v.string()),
});
export type Mine = v.InferOutput<typeof Mine>;

export const SessionJoined = v.object({ seq: Seq, snapshot: v.optional(SessionSnapshot), mine: Mine });
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

/** One element of a server frame; a frame is always an array of these. */
export const ServerMessage = v.variant("type", [
  v.object({ type: v.literal("ack"), ref: v.string(), data: v.unknown() }),
  v.object({ type: v.literal("error"), ref: v.nullable(v.string()), problem: ProblemBody }),
  v.object({ type: v.literal("pong") }),
  v.object({ type: v.literal("session:seq"), sessionId: v.string(), seq: Seq }),
  v.object({ type: v.literal("chat:message"), sessionId: v.string(), seq: Seq, data: ChatMessage }),
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
  let hash = 0x811c9dc5;
  for (let index = 0; index < viewerId.length; index++) {
    hash = Math.imul(hash ^ viewerId.charCodeAt(index), 0x01000193) >>> 0;
  }
  return `gateway-${hash % gateways}`;
}
