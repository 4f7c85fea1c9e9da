/** What gateways and session or event rooms say to each other over their own sockets; nobody else does. */
import * as v from "valibot";
import { CommitResult, LogEvent, PersonalNews, SessionTotal } from "../protocol/internal-rooms.ts";
import { EventState, Ref } from "../protocol/realtime.ts";
import { SessionCommand } from "../protocol/session-commands.ts";

const Id = v.number();
const Seq = v.number();
const Count = v.pipe(v.number(), v.integer(), v.minValue(0));

/**
 * How many people this gateway has in the room, and of how many of these it may not have told the API yet. One person
 * is in one gateway only, so rooms may add.
 */
const people = { viewers: Count, unnamed: v.optional(Count, 0) };

const presenceMessages = [
  /** First on every connection; `after`: what this gateway has already, null when it begins. */
  v.object({ kind: v.literal("hello"), gateway: v.string(), after: v.nullable(Seq), ...people }),
  v.object({ kind: v.literal("viewers"), ...people }),
  v.object({ kind: v.literal("ping") }),
] as const;

/** The first few people who type, and how many they are. */
const typing = {
  kind: v.literal("typing"),
  people: v.array(v.object({ id: v.string(), name: v.string() })),
  count: Count,
};
/** How often each emoji was sent since the last time. */
const reactions = { kind: v.literal("reactions"), counts: v.array(v.tuple([v.string(), Count])) };

/** Gateway → session room. */
export const ToSession = v.variant("kind", [
  ...presenceMessages,
  /** Answered by the `results` of a `log` with the same id. May be sent again on the next connection. */
  v.object({
    kind: v.literal("command"),
    id: Id,
    userId: v.string(),
    ref: Ref,
    command: SessionCommand,
  }),
  /** Asks for everything after this seq. */
  v.object({ kind: v.literal("replay"), id: Id, after: Seq }),
  v.object(typing),
  v.object(reactions),
  /** The answer to `who`: the people of this gateway. */
  v.object({
    kind: v.literal("people"),
    id: Id,
    userIds: v.array(v.string()),
    connections: v.optional(v.record(v.string(), Count), {}),
    anonymous: Count,
  }),
]);
export type ToSession = v.InferOutput<typeof ToSession>;

/** Gateway → event room. `state` asks for a state read after the question came. */
export const ToEvent = v.variant("kind", [
  ...presenceMessages,
  v.object({ kind: v.literal("state"), id: Id }),
]);
export type ToEvent = v.InferOutput<typeof ToEvent>;

const roomMessages = [
  v.object({ kind: v.literal("viewers"), count: Count, peak: Count }),
  v.object({ kind: v.literal("pong") }),
] as const;

export const LinkResult = v.object({ id: Id, result: CommitResult });
export type LinkResult = v.InferOutput<typeof LinkResult>;

/** Session room → gateway; long runs of events come in several messages. `events: null` means more than a resume carries, or a log that has begun anew. */
export const FromSession = v.variant("kind", [
  ...roomMessages,
  v.object({
    kind: v.literal("welcome"),
    head: Seq,
    events: v.nullable(v.array(LogEvent)),
    totals: v.array(SessionTotal),
  }),
  /** `results` and `personal` are this gateway's own. */
  v.object({
    kind: v.literal("log"),
    events: v.array(LogEvent),
    results: v.array(LinkResult),
    personal: v.array(PersonalNews),
  }),
  v.object({ kind: v.literal("totals"), totals: v.array(SessionTotal) }),
  v.object(typing),
  v.object(reactions),
  v.object({ kind: v.literal("who"), id: Id }),
  /** With `more`, others of the same id follow. */
  v.object({
    kind: v.literal("replayed"),
    id: Id,
    events: v.nullable(v.array(LogEvent)),
    more: v.boolean(),
  }),
]);
export type FromSession = v.InferOutput<typeof FromSession>;

/** Event room → gateway. Order holds: what `messages` say is newer than every `state` before them. */
export const FromEvent = v.variant("kind", [
  ...roomMessages,
  v.object({ kind: v.literal("welcome") }),
  v.object({ kind: v.literal("state"), id: Id, state: v.nullable(EventState) }),
  v.object({
    kind: v.literal("messages"),
    messages: v.array(v.object({ type: v.string(), data: v.unknown() })),
  }),
]);
export type FromEvent = v.InferOutput<typeof FromEvent>;

/** One message of a schema's, or null: rooms of another version are ignored, not crashed by. */
export function readLinkMessage<S extends v.GenericSchema>(schema: S, raw: unknown): v.InferOutput<S> | null {
  if (typeof raw !== "string") return null;
  try {
    const result = v.safeParse(schema, JSON.parse(raw));
    return result.success ? result.output : null;
  } catch {
    return null;
  }
}
