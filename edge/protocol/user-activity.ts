/** What one person did, as they and admins may read it. */
import * as v from "valibot";
import { User } from "./accounts.ts";
import { figures } from "./figures.ts";
import { Instant, identifier } from "./identifier.ts";
import { listOf, listQueryEntries } from "./list.ts";

const Place = v.nullable(v.object({ id: v.string(), title: v.string() }));

/** What is the same of everything that one did. */
const deedEntries = {
  id: v.string(),
  at: v.pipe(Instant, v.description("When it was done; of what took a while, when it began")),
  event: v.pipe(Place, v.description("Null where it concerns none, or the event is gone")),
  session: Place,
};

export const Activity = v.pipe(
  v.variant("kind", [
    v.object({
      kind: v.literal("signed-in"),
      ...deedEntries,
      deviceName: v.nullable(v.string()),
      userAgent: v.nullable(v.string()),
    }),
    v.object({ kind: v.literal("joined-event"), ...deedEntries }),
    v.object({
      kind: v.literal("attended"),
      ...deedEntries,
      lastSeenAt: v.pipe(Instant, v.description(figures.lastSeenAt)),
      watchSeconds: v.pipe(v.number(), v.description(figures.watchSeconds)),
    }),
    v.object({
      kind: v.literal("message"),
      ...deedEntries,
      text: v.string(),
      deleted: v.boolean(),
      state: v.pipe(
        v.picklist(["visible", "held", "shadowed"]),
        v.description("Whether others saw it; `shadowed` is told to admins alone"),
      ),
    }),
    v.object({
      kind: v.literal("question"),
      ...deedEntries,
      text: v.string(),
      anonymous: v.pipe(
        v.boolean(),
        v.description("Admins see who asked anonymously only where the session said so when it was asked"),
      ),
      status: v.string(),
    }),
    v.object({ kind: v.literal("upvote"), ...deedEntries, question: v.string() }),
    v.object({ kind: v.literal("vote"), ...deedEntries, poll: v.string(), options: v.array(v.string()) }),
    v.object({
      kind: v.literal("reactions"),
      ...deedEntries,
      reactions: v.array(v.object({ emoji: v.string(), count: v.number() })),
    }),
    v.object({
      kind: v.literal("moderation"),
      ...deedEntries,
      action: v.pipe(v.string(), v.description("As in the audit log, such as `user.muted`")),
      /** Of a message that was taken away. */
      text: v.nullable(v.string()),
    }),
  ]),
  v.metadata({ ref: "Activity" }),
);
export type Activity = v.InferOutput<typeof Activity>;

export const ActivityList = listOf(Activity);
export const ActivityQuery = v.object({ ...listQueryEntries, eventId: v.optional(identifier("event")) });

const Time = v.nullable(Instant);

/** Everything that is kept about a person, as a file. */
export const UserData = v.pipe(
  v.object({
    exportedAt: Instant,
    account: User,
    logins: v.array(
      v.object({
        deviceName: v.nullable(v.string()),
        userAgent: v.nullable(v.string()),
        ip: v.nullable(v.string()),
        createdAt: Instant,
        lastSeenAt: Instant,
        expiresAt: Instant,
        endedAt: Time,
      }),
    ),
    events: v.array(
      v.object({
        id: v.string(),
        title: v.string(),
        joinedAt: Time,
        role: v.nullable(v.string()),
        waitingSince: Time,
        bannedAt: Time,
        /** Titles of sessions. */
        speaksIn: v.array(v.string()),
      }),
    ),
    activity: v.array(Activity),
    watchingHours: v.array(
      v.object({
        of: v.pipe(v.string(), v.description("An event, a session or a stream")),
        hour: Instant,
        firstSeenAt: Instant,
        lastSeenAt: Instant,
        watchSeconds: v.pipe(v.number(), v.description(figures.watchSeconds)),
        stalls: v.number(),
        stallSeconds: v.number(),
        errors: v.number(),
        latencySeconds: v.nullable(v.number()),
        renditionSeconds: v.record(v.string(), v.number()),
      }),
    ),
    players: v.array(
      v.object({
        streamId: v.string(),
        sessionId: v.nullable(v.string()),
        device: v.string(),
        browser: v.string(),
        firstAt: Instant,
        joinSeconds: v.nullable(v.number()),
      }),
    ),
    audit: v.array(
      v.object({
        at: Instant,
        action: v.string(),
        by: v.picklist(["the person", "staff"]),
        subject: v.object({ kind: v.string(), id: v.string() }),
        eventId: v.nullable(v.string()),
        detail: v.record(v.string(), v.unknown()),
      }),
    ),
  }),
  v.metadata({ ref: "UserData" }),
);
export type UserData = v.InferOutput<typeof UserData>;
