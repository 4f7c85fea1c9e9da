import * as v from "valibot";
import { DisplayName } from "./accounts.ts";
import { Instant, identifier } from "./identifier.ts";

export const EventStatus = v.picklist(["draft", "scheduled", "live", "ended", "cancelled"]);
export type EventStatus = v.InferOutput<typeof EventStatus>;
export const Visibility = v.picklist(["public", "private"]);
export type Visibility = v.InferOutput<typeof Visibility>;
export const SessionStatus = v.picklist(["scheduled", "live", "ended", "cancelled"]);

const Colour = v.pipe(v.string(), v.regex(/^#[0-9a-fA-F]{6}$/, "is not a colour like #1a2b3c"));
const LongText = v.pipe(
  v.string(),
  v.maxLength(10_000),
  v.check((text) => text.isWellFormed() && !text.includes("\0"), "has characters that cannot be kept"),
);
const TimeZone = v.pipe(
  v.string(),
  v.maxLength(64),
  v.check((zone) => {
    try {
      new Intl.DateTimeFormat("en", { timeZone: zone });
      return true;
    } catch {
      return false;
    }
  }, "is not an IANA time zone"),
);

/** A part of an event that has its own stream, chat, questions and polls. */
export const Session = v.pipe(
  v.object({
    id: identifier("session"),
    eventId: identifier("event"),
    title: v.string(),
    startsAt: v.nullable(Instant),
    endsAt: v.nullable(Instant),
    status: SessionStatus,
    speakers: v.array(identifier("user")),
    streamId: v.nullable(identifier("stream")),
    chatEnabled: v.boolean(),
    questionsEnabled: v.boolean(),
    questionsModerated: v.boolean(),
    pollsEnabled: v.boolean(),
    slowModeSeconds: v.number(),
  }),
  v.metadata({ ref: "Session" }),
);
export type Session = v.InferOutput<typeof Session>;

export const Branding = v.object({
  primaryColor: v.nullable(Colour),
  accentColor: v.nullable(Colour),
  logoUrl: v.nullable(v.string()),
  bannerUrl: v.nullable(v.string()),
});

export const Event = v.pipe(
  v.object({
    id: identifier("event"),
    slug: v.string(),
    title: v.string(),
    description: v.string(),
    timeZone: v.string(),
    startsAt: v.nullable(Instant),
    endsAt: v.nullable(Instant),
    status: EventStatus,
    visibility: Visibility,
    maxAttendees: v.nullable(v.number()),
    attendeeCount: v.number(),
    branding: Branding,
    sessions: v.array(Session),
  }),
  v.metadata({ ref: "Event" }),
);
export type Event = v.InferOutput<typeof Event>;

export const CreateEventRequest = v.object({
  title: DisplayName,
  description: v.optional(LongText, ""),
  timeZone: v.optional(TimeZone, "UTC"),
  startsAt: v.optional(v.nullable(Instant), null),
  endsAt: v.optional(v.nullable(Instant), null),
  status: v.optional(v.picklist(["draft", "scheduled", "live"]), "scheduled"),
  visibility: v.optional(Visibility, "public"),
  maxAttendees: v.optional(
    v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000))),
    null,
  ),
});

export const CreateSessionRequest = v.object({
  title: DisplayName,
  startsAt: v.optional(v.nullable(Instant), null),
  endsAt: v.optional(v.nullable(Instant), null),
  chatEnabled: v.optional(v.boolean(), true),
  questionsEnabled: v.optional(v.boolean(), true),
  questionsModerated: v.optional(v.boolean(), false),
  pollsEnabled: v.optional(v.boolean(), true),
  slowModeSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(3600)), 0),
});
