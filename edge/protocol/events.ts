import * as v from "valibot";
import { DisplayName, Role } from "./accounts.ts";
import { Instant, identifier } from "./identifier.ts";

export const EventStatus = v.picklist(["draft", "scheduled", "live", "ended", "cancelled"]);
export type EventStatus = v.InferOutput<typeof EventStatus>;
export const Visibility = v.picklist(["public", "private"]);
export type Visibility = v.InferOutput<typeof Visibility>;
export const SessionStatus = v.picklist(["scheduled", "live", "ended", "cancelled"]);
export type SessionStatus = v.InferOutput<typeof SessionStatus>;

const Colour = v.pipe(v.string(), v.regex(/^#[0-9a-fA-F]{6}$/, "is not a colour like #1a2b3c"));
/** Paragraphs: line breaks and tabs, no other control characters, no lone surrogates. */
const Paragraphs = v.check<string, string>(
  (text) => text.isWellFormed() && !/[^\P{Cc}\t\n\r]/u.test(text),
  "has characters that cannot be kept",
);
const LongText = v.pipe(v.string(), v.maxLength(10_000), Paragraphs);
const Slug = v.pipe(
  v.string(),
  v.maxLength(80),
  v.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "is not a slug like launch-day-2026"),
);
const TimeZone = v.pipe(
  v.string(),
  v.maxLength(64),
  // A fixed offset knows no summer.
  v.regex(/^[A-Za-z]/, "is not an IANA time zone"),
  v.check((zone) => {
    try {
      new Intl.DateTimeFormat("en", { timeZone: zone });
      return true;
    } catch {
      return false;
    }
  }, "is not an IANA time zone"),
);

const SeatLimit = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000));
const SlowMode = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(3600));
/** What people are told to join by; compared as it stands, without the spaces around it. */
const AccessCode = v.pipe(
  v.string(),
  v.maxLength(200),
  v.trim(),
  v.minLength(4),
  v.maxLength(64),
  v.check((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), "has control characters"),
);
/** Shown by browsers, so nothing but http and https: never `javascript:` or `data:`. */
const WebAddress = v.pipe(
  v.string(),
  v.maxLength(2000),
  v.check(
    (text) => /^https?:\/\/[^\s/]/i.test(text) && URL.canParse(text),
    "is not an address like https://…",
  ),
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
  /** Black or white, whichever reads better on the colour: at least 4.5:1 (WCAG 2.2 §1.4.3). */
  primaryTextColor: v.nullable(Colour),
  accentTextColor: v.nullable(Colour),
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
    /** Joining asks for an access code. */
    hasAccessCode: v.boolean(),
    branding: Branding,
    sessions: v.array(Session),
  }),
  v.metadata({ ref: "Event" }),
);
export type Event = v.InferOutput<typeof Event>;

const BrandingRequest = v.object({
  primaryColor: v.optional(v.nullable(Colour)),
  accentColor: v.optional(v.nullable(Colour)),
  bannerUrl: v.optional(v.nullable(WebAddress)),
});

export const CreateEventRequest = v.object({
  title: DisplayName,
  /** Made from the title when it is left out. */
  slug: v.optional(Slug),
  description: v.optional(LongText, ""),
  timeZone: v.optional(TimeZone, "UTC"),
  startsAt: v.optional(v.nullable(Instant), null),
  endsAt: v.optional(v.nullable(Instant), null),
  status: v.optional(v.picklist(["draft", "scheduled", "live"]), "scheduled"),
  visibility: v.optional(Visibility, "public"),
  maxAttendees: v.optional(v.nullable(SeatLimit), null),
  accessCode: v.optional(v.nullable(AccessCode), null),
  branding: v.optional(BrandingRequest, {}),
});
export type CreateEventRequest = v.InferOutput<typeof CreateEventRequest>;

/** What is left out stays as it is; null takes away. The logo is uploaded for itself. */
export const UpdateEventRequest = v.object({
  title: v.optional(DisplayName),
  slug: v.optional(Slug),
  description: v.optional(LongText),
  timeZone: v.optional(TimeZone),
  startsAt: v.optional(v.nullable(Instant)),
  endsAt: v.optional(v.nullable(Instant)),
  status: v.optional(EventStatus),
  visibility: v.optional(Visibility),
  maxAttendees: v.optional(v.nullable(SeatLimit)),
  accessCode: v.optional(v.nullable(AccessCode)),
  branding: v.optional(BrandingRequest),
  /** Moves the sessions by as much as the event's start moves. */
  shiftSessions: v.optional(v.boolean(), false),
});
export type UpdateEventRequest = v.InferOutput<typeof UpdateEventRequest>;

const Speakers = v.pipe(v.array(identifier("user")), v.maxLength(100));

export const CreateSessionRequest = v.object({
  title: DisplayName,
  startsAt: v.optional(v.nullable(Instant), null),
  endsAt: v.optional(v.nullable(Instant), null),
  status: v.optional(v.picklist(["scheduled", "live"]), "scheduled"),
  speakers: v.optional(Speakers, []),
  chatEnabled: v.optional(v.boolean(), true),
  questionsEnabled: v.optional(v.boolean(), true),
  questionsModerated: v.optional(v.boolean(), false),
  pollsEnabled: v.optional(v.boolean(), true),
  slowModeSeconds: v.optional(SlowMode, 0),
});
export type CreateSessionRequest = v.InferOutput<typeof CreateSessionRequest>;

/** What is left out stays as it is; `streamId` is set on the stream. */
export const UpdateSessionRequest = v.object({
  title: v.optional(DisplayName),
  startsAt: v.optional(v.nullable(Instant)),
  endsAt: v.optional(v.nullable(Instant)),
  status: v.optional(SessionStatus),
  speakers: v.optional(Speakers),
  chatEnabled: v.optional(v.boolean()),
  questionsEnabled: v.optional(v.boolean()),
  questionsModerated: v.optional(v.boolean()),
  pollsEnabled: v.optional(v.boolean()),
  slowModeSeconds: v.optional(SlowMode),
});
export type UpdateSessionRequest = v.InferOutput<typeof UpdateSessionRequest>;

/** `waitlist`: where the event is full, wait for a seat instead of being refused. */
export const JoinEventRequest = v.object({
  accessCode: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(1000), v.trim()))),
  waitlist: v.optional(v.boolean(), false),
});
export type JoinEventRequest = v.InferOutput<typeof JoinEventRequest>;

/** A seat in an event. */
export const Attendance = v.pipe(
  v.object({ eventId: identifier("event"), userId: identifier("user"), joinedAt: Instant }),
  v.metadata({ ref: "Attendance" }),
);
export type Attendance = v.InferOutput<typeof Attendance>;

/** A place in the line for a seat; `position` 1 is next. */
export const WaitingPlace = v.pipe(
  v.object({
    eventId: identifier("event"),
    userId: identifier("user"),
    position: v.number(),
    waitingSince: Instant,
  }),
  v.metadata({ ref: "WaitingPlace" }),
);
export type WaitingPlace = v.InferOutput<typeof WaitingPlace>;

/** A person as others in the event see them; `role` is the higher of the global one and the event's. */
export const EventPerson = v.pipe(
  v.object({ id: identifier("user"), name: v.string(), role: Role, avatarUrl: v.nullable(v.string()) }),
  v.metadata({ ref: "EventPerson" }),
);
export type EventPerson = v.InferOutput<typeof EventPerson>;
export const Attendee = v.pipe(
  v.object({ user: EventPerson, joinedAt: Instant }),
  v.metadata({ ref: "Attendee" }),
);
export type Attendee = v.InferOutput<typeof Attendee>;
export const Waiting = v.pipe(
  v.object({ user: EventPerson, waitingSince: Instant }),
  v.metadata({ ref: "Waiting" }),
);
export type Waiting = v.InferOutput<typeof Waiting>;

/** A role that holds in one event only. */
export const MemberRole = v.picklist(["attendee", "speaker", "moderator"]);
export type MemberRole = v.InferOutput<typeof MemberRole>;
export const SetMemberRequest = v.object({ role: MemberRole });
export const Member = v.pipe(
  v.object({ eventId: identifier("event"), userId: identifier("user"), role: MemberRole }),
  v.metadata({ ref: "Member" }),
);
export type Member = v.InferOutput<typeof Member>;

export const Ban = v.pipe(
  v.object({
    eventId: identifier("event"),
    userId: identifier("user"),
    bannedBy: v.nullable(identifier("user")),
    createdAt: Instant,
  }),
  v.metadata({ ref: "Ban" }),
);
export type Ban = v.InferOutput<typeof Ban>;

export const AnnouncementRequest = v.object({
  text: v.pipe(v.string(), v.maxLength(4000), v.trim(), v.minLength(1), v.maxLength(2000), Paragraphs),
});
/** Said by staff to everyone in an event. */
export const Announcement = v.pipe(
  v.object({
    id: identifier("announcement"),
    eventId: identifier("event"),
    /** Null when its author's account is gone. */
    user: v.nullable(v.object({ id: identifier("user"), name: v.string() })),
    text: v.string(),
    createdAt: Instant,
  }),
  v.metadata({ ref: "Announcement" }),
);
export type Announcement = v.InferOutput<typeof Announcement>;
