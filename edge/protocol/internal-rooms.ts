/** What rooms and the edge API say to each other under `/internal` and between rooms; all with INTERNAL_API_KEY. */
import * as v from "valibot";
import { Role } from "./accounts.ts";
import { Mine, SessionSnapshot, watchEntries } from "./engagement.ts";
import { Instant, identifier } from "./identifier.ts";
import { PollTotal, PollVoted } from "./polls.ts";
import { ProblemBody } from "./problem.ts";
import { QuestionTotal, Upvoted } from "./questions.ts";
import { EventState, Ref } from "./realtime.ts";
import { SessionCommand } from "./session-commands.ts";

/** Who is behind a socket. `viewerId` counts people: the user's id, or a signed anonymous id. */
export const Viewer = v.object({
  viewerId: v.string(),
  userId: v.nullable(identifier("user")),
  name: v.nullable(v.string()),
  role: v.nullable(Role),
  /** The login this socket belongs to; ending it closes the socket. Null for anonymous viewers. */
  loginId: v.nullable(identifier("login")),
  readOnly: v.boolean(),
  /** When the credential ends by itself. */
  expiresAt: Instant,
});
export type Viewer = v.InferOutput<typeof Viewer>;

/**
 * POST /internal/realtime/admission: who is behind each token, in the order of the request; null where the token is
 * not good. A ticket is used up by it.
 */
export const AdmissionRequest = v.object({
  tokens: v.pipe(v.array(v.pipe(v.string(), v.maxLength(4096))), v.minLength(1), v.maxLength(200)),
});
export const AdmissionResponse = v.object({ viewers: v.array(v.nullable(Viewer)) });

/**
 * Who may see an event of the log. `staff` are admins and moderators, `team` are staff and speakers; with `userId`,
 * that person too.
 */
export const Audience = v.variant("kind", [
  v.object({ kind: v.literal("all") }),
  v.object({ kind: v.literal("staff"), userId: v.optional(identifier("user")) }),
  v.object({ kind: v.literal("team"), userId: v.optional(identifier("user")) }),
  v.object({ kind: v.literal("user"), userId: identifier("user") }),
]);
export type Audience = v.InferOutput<typeof Audience>;

/** One event of a session's log. `seq` grows by one without holes. */
export const LogEvent = v.object({
  seq: v.number(),
  type: v.string(),
  audience: Audience,
  at: Instant,
  data: v.unknown(),
});
export type LogEvent = v.InferOutput<typeof LogEvent>;

/** POST /internal/sessions/:id/join `{viewers}` and POST /internal/events/:id/join `{viewers}`. */
export const JoinRequest = v.object({ viewers: v.pipe(v.array(Viewer), v.minLength(1), v.maxLength(500)) });
export const JoinVerdict = v.variant("allowed", [
  v.object({
    allowed: v.literal(true),
    staff: v.boolean(),
    /** Staff or speaker. */
    team: v.boolean(),
    /** May take part: has joined the event, or is of the team. */
    member: v.boolean(),
    mine: Mine,
    /** Until when others may not hear them; for the gateway alone, since who is shadow-muted must not notice. */
    silencedUntil: v.optional(v.nullable(Instant), null),
  }),
  v.object({ allowed: v.literal(false), problem: ProblemBody }),
]);
export type JoinVerdict = v.InferOutput<typeof JoinVerdict>;
/** Verdicts in the order of the request. 404 when the session is absent. */
export const SessionJoinResponse = v.object({ eventId: identifier("event"), verdicts: v.array(JoinVerdict) });
export const EventJoinResponse = v.object({ state: EventState, verdicts: v.array(JoinVerdict) });

/** POST /internal/sessions/:id/commit: one transaction for the whole batch. */
export const CommitCommand = v.intersect([
  v.object({ userId: identifier("user"), ref: Ref }),
  SessionCommand,
]);
export type CommitCommand = v.InferOutput<typeof CommitCommand>;
export const CommitRequest = v.object({
  commands: v.pipe(v.array(CommitCommand), v.minLength(1), v.maxLength(1000)),
});
export type CommitRequest = v.InferOutput<typeof CommitRequest>;
/** `ack` is what the client's ack carries; a retried ref answers as the first did and makes no event. */
export const CommitResult = v.variant("ok", [
  v.object({ ok: v.literal(true), ack: v.unknown() }),
  v.object({ ok: v.literal(false), problem: ProblemBody }),
]);
export type CommitResult = v.InferOutput<typeof CommitResult>;
/** What a commit counted anew; the newest for one poll or question is all that counts. */
export const SessionTotal = v.variant("kind", [
  v.object({
    kind: v.literal("poll"),
    total: PollTotal,
    /** Only for who has voted, and the team. */
    hidden: v.boolean(),
  }),
  v.object({ kind: v.literal("question"), total: QuestionTotal }),
]);
export type SessionTotal = v.InferOutput<typeof SessionTotal>;
/** What one person did, for all their devices; a join's `mine` says it again. */
export const PersonalNews = v.variant("type", [
  v.object({ type: v.literal("poll:voted"), userId: identifier("user"), data: PollVoted }),
  v.object({ type: v.literal("question:upvoted"), userId: identifier("user"), data: Upvoted }),
]);
export type PersonalNews = v.InferOutput<typeof PersonalNews>;
/**
 * `events` are the new ones, in order; `firstSeq` is the seq of the first, or head + 1 when there is none:
 * a room whose own head is not `firstSeq - 1` reads the log first. `results` in the order of the commands.
 */
export const CommitResponse = v.object({
  firstSeq: v.number(),
  events: v.array(LogEvent),
  results: v.array(CommitResult),
  totals: v.optional(v.array(SessionTotal), []),
  personal: v.optional(v.array(PersonalNews), []),
});
export type CommitResponse = v.InferOutput<typeof CommitResponse>;

/**
 * API → POST /parties/session/<id>/command, for a write that came by HTTP: answers a CommitResult when it is committed,
 * with 200. 503: nothing is known of it, and the same ref may be committed directly.
 */
export const RoomCommandRequest = CommitCommand;
/** API → POST /parties/session/<id>/people: who is here, as far as gateways have said. */
export const RoomPeople = v.object({
  userIds: v.array(identifier("user")),
  /** How many sockets those have who have several. */
  connections: v.optional(v.record(v.string(), v.number())),
  anonymous: v.number(),
  count: v.number(),
  peak: v.number(),
});
export type RoomPeople = v.InferOutput<typeof RoomPeople>;

/** GET /internal/sessions/:id/log?after=&limit= */
export const LogPage = v.object({ head: v.number(), events: v.array(LogEvent) });
export type LogPage = v.InferOutput<typeof LogPage>;
/** GET /internal/sessions/:id/snapshot: the state as of `seq`, what everyone may see. */
export const SnapshotResponse = v.object({
  seq: v.number(),
  eventId: identifier("event"),
  snapshot: SessionSnapshot,
  /** The same polls' and questions' figures in full, also of hidden ones: for a room that must not go on from older. */
  totals: v.optional(v.array(SessionTotal), []),
});
export type SnapshotResponse = v.InferOutput<typeof SnapshotResponse>;

/** POST /internal/presence: what session and event rooms count, a few times a minute. */
export const PresenceReport = v.object({
  sessionId: v.optional(identifier("session")),
  eventId: v.optional(identifier("event")),
  count: v.pipe(v.number(), v.integer(), v.minValue(0)),
  peak: v.pipe(v.number(), v.integer(), v.minValue(0)),
});
/** The highest count ever, which outlives rooms. */
export const PresenceResponse = v.object({ peak: v.number() });

/**
 * GET /internal/sessions/:id/others and /internal/events/:id/others, every few seconds while someone is in the room:
 * how many watch besides, without a socket. `ageMs`: counted so long before the answer.
 */
export const OthersResponse = v.object({ others: v.number(), ageMs: v.number() });
export type OthersResponse = v.InferOutput<typeof OthersResponse>;

/** POST /internal/sessions/:id/activity, every few seconds while there is any: adds to what is kept. */
export const ActivityReport = v.object({
  /** One gateway's number of this report, so that a repeated one adds nothing. */
  id: v.pipe(v.string(), v.minLength(8), v.maxLength(64)),
  reactions: v.pipe(
    v.array(v.object({ userId: identifier("user"), emoji: v.string(), count: v.number() })),
    v.maxLength(5000),
  ),
  watching: v.pipe(
    v.array(
      v.object({
        viewerId: v.string(),
        userId: v.nullable(identifier("user")),
        /** Whether they have a socket in the session, or have left it since the last report. */
        here: v.optional(v.boolean(), true),
        playedSeconds: v.pipe(v.number(), v.minValue(0)),
        stalls: v.pipe(v.number(), v.integer(), v.minValue(0)),
        latencySeconds: watchEntries.latencySeconds,
      }),
    ),
    v.maxLength(5000),
  ),
});
export type ActivityReport = v.InferOutput<typeof ActivityReport>;

/**
 * API → POST /parties/gateway/<name>/revoke: closes the user's sockets, or those of one login, or those that have
 * joined one event. `id` is the revocation's number in the database, where it has one: each acts once.
 */
export const RevokeRequest = v.object({
  id: v.optional(v.number()),
  userId: identifier("user"),
  loginId: v.optional(identifier("login")),
  eventId: v.optional(identifier("event")),
  code: v.picklist([4401, 4403]),
});
export type RevokeRequest = v.InferOutput<typeof RevokeRequest>;
/**
 * GET /internal/realtime/revocations?since=: what a lost call did not say. Gateways with sockets ask each second, with
 * the `now` of the answer before. Answers overlap by some seconds, since transactions end out of order.
 */
export const RevocationsResponse = v.object({
  now: Instant,
  revocations: v.array(v.object({ ...RevokeRequest.entries, id: v.number(), at: Instant })),
});
export type RevocationsResponse = v.InferOutput<typeof RevocationsResponse>;
/** API → POST /parties/gateway/<name>/recheck, to every gateway: the event may be hidden now from who is in it. */
export const RecheckRequest = v.object({ eventId: identifier("event") });
/**
 * API → POST /parties/session/<id>/poke after direct commits: the log has grown to `head`, totals may be others, and
 * `personal` has happened to these people.
 */
export const PokeRequest = v.object({
  head: v.number(),
  personal: v.optional(v.pipe(v.array(PersonalNews), v.maxLength(1000)), []),
});
/** API → POST /parties/event/<id>/publish: something without a seq that everyone in the event hears. */
export const EventPublishRequest = v.object({
  messages: v.pipe(v.array(v.object({ type: v.string(), data: v.unknown() })), v.maxLength(100)),
});
