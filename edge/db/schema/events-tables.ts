import { sql } from "drizzle-orm";
import {
  bigserial,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
} from "drizzle-orm/pg-core";
import type { EventStatus, Visibility } from "../../protocol/events.ts";
import { users } from "./accounts-tables.ts";
import { bytes, instant } from "./column-kinds.ts";

export const events = pgTable(
  "events",
  {
    id: text("id").primaryKey(),
    slug: text("slug").notNull(),
    title: text("title").notNull(),
    description: text("description").notNull().default(""),
    timeZone: text("time_zone").notNull().default("UTC"),
    startsAt: instant("starts_at"),
    endsAt: instant("ends_at"),
    status: text("status").$type<EventStatus>().notNull().default("scheduled"),
    visibility: text("visibility").$type<Visibility>().notNull().default("public"),
    maxAttendees: integer("max_attendees"),
    /** Kept by a trigger on `attendees`, so that the capacity check below holds under any number of joins. */
    attendeeCount: integer("attendee_count").notNull().default(0),
    primaryColor: text("primary_color"),
    accentColor: text("accent_color"),
    logoUrl: text("logo_url"),
    bannerUrl: text("banner_url"),
    /** What one must know to join; hashed as passwords are. Null: nothing. */
    accessCodeHash: text("access_code_hash"),
    createdAt: instant("created_at").notNull().defaultNow(),
    updatedAt: instant("updated_at").notNull().defaultNow(),
    /** Grown by a trigger with each edit; a join is no edit. */
    version: integer("version").notNull().default(1),
    /** SEQUENCE of the event's calendar entry (RFC 5545 §3.8.7.4); grown by the same trigger. */
    calendarSequence: integer("calendar_sequence").notNull().default(0),
  },
  (table) => [
    unique("events_slug_taken").on(table.slug),
    check(
      "events_status_is_known",
      sql`${table.status} in ('draft', 'scheduled', 'live', 'ended', 'cancelled')`,
    ),
    check("events_visibility_is_known", sql`${table.visibility} in ('public', 'private')`),
    check("events_end_after_start", sql`${table.endsAt} >= ${table.startsAt}`),
    check(
      "events_capacity",
      sql`${table.attendeeCount} >= 0 and (${table.maxAttendees} is null or ${table.attendeeCount} <= ${table.maxAttendees})`,
    ),
    index("events_by_creation").on(table.createdAt, table.id),
  ],
);

export const sessions = pgTable(
  "sessions",
  {
    id: text("id").primaryKey(),
    eventId: text("event_id")
      .notNull()
      .references(() => events.id, { onDelete: "cascade" }),
    title: text("title").notNull(),
    startsAt: instant("starts_at"),
    endsAt: instant("ends_at"),
    status: text("status")
      .$type<"scheduled" | "live" | "ended" | "cancelled">()
      .notNull()
      .default("scheduled"),
    chatEnabled: boolean("chat_enabled").notNull().default(true),
    questionsEnabled: boolean("questions_enabled").notNull().default(true),
    questionsModerated: boolean("questions_moderated").notNull().default(false),
    pollsEnabled: boolean("polls_enabled").notNull().default(true),
    slowModeSeconds: integer("slow_mode_seconds").notNull().default(0),
    chatModerated: boolean("chat_moderated").notNull().default(false),
    blockedWords: jsonb("blocked_words").$type<string[]>().notNull().default([]),
    blockedWordsAction: text("blocked_words_action").$type<"hold" | "refuse">().notNull().default("hold"),
    duplicateSeconds: integer("duplicate_seconds").notNull().default(30),
    askersVisibleToStaff: boolean("askers_visible_to_staff").notNull().default(false),
    createdAt: instant("created_at").notNull().defaultNow(),
    updatedAt: instant("updated_at").notNull().defaultNow(),
    /** Grown by triggers with each edit, that of its speakers included. */
    version: integer("version").notNull().default(1),
    calendarSequence: integer("calendar_sequence").notNull().default(0),
  },
  (table) => [
    check("sessions_status_is_known", sql`${table.status} in ('scheduled', 'live', 'ended', 'cancelled')`),
    check("sessions_end_after_start", sql`${table.endsAt} >= ${table.startsAt}`),
    check("sessions_blocked_words_action", sql`${table.blockedWordsAction} in ('hold', 'refuse')`),
    check("sessions_duplicate_seconds", sql`${table.duplicateSeconds} between 0 and 3600`),
    check("sessions_slow_mode", sql`${table.slowModeSeconds} between 0 and 3600`),
    index("sessions_of_event").on(table.eventId, table.createdAt),
  ],
);

export const sessionSpeakers = pgTable(
  "session_speakers",
  {
    sessionId: text("session_id")
      .notNull()
      .references(() => sessions.id, { onDelete: "cascade" }),
    userId: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
  },
  (table) => [primaryKey({ name: "session_speakers_pkey", columns: [table.sessionId, table.userId] })],
);

/** Who has joined an event: one seat a user. */
export const attendees = pgTable(
  "attendees",
  {
    eventId: text("event_id")
      .notNull()
      .references(() => events.id, { onDelete: "cascade" }),
    userId: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    joinedAt: instant("joined_at").notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ name: "attendees_pkey", columns: [table.eventId, table.userId] }),
    index("attendees_of_user").on(table.userId),
    index("attendees_by_joining").on(table.eventId, table.joinedAt, table.userId),
  ],
);

/** A role that holds in one event only. */
export const members = pgTable(
  "members",
  {
    eventId: text("event_id")
      .notNull()
      .references(() => events.id, { onDelete: "cascade" }),
    userId: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    role: text("role").$type<"attendee" | "speaker" | "moderator">().notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ name: "members_pkey", columns: [table.eventId, table.userId] }),
    check("members_role_is_known", sql`${table.role} in ('attendee', 'speaker', 'moderator')`),
    index("members_of_user").on(table.userId),
  ],
);

export const bans = pgTable(
  "bans",
  {
    eventId: text("event_id")
      .notNull()
      .references(() => events.id, { onDelete: "cascade" }),
    userId: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    bannedBy: text("banned_by").references(() => users.id, { onDelete: "set null" }),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [primaryKey({ name: "bans_pkey", columns: [table.eventId, table.userId] })],
);

/** Who waits for a seat of a full event, in the order they asked. */
export const waitlist = pgTable(
  "waitlist",
  {
    eventId: text("event_id")
      .notNull()
      .references(() => events.id, { onDelete: "cascade" }),
    userId: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** Grows over all events: only its order counts. */
    position: bigserial("position", { mode: "number" }).notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ name: "waitlist_pkey", columns: [table.eventId, table.userId] }),
    index("waitlist_in_order").on(table.eventId, table.position),
    index("waitlist_of_user").on(table.userId),
  ],
);

/** An event's uploaded logo. In a table of its own, so that reading events never reads images. */
export const eventLogos = pgTable(
  "event_logos",
  {
    eventId: text("event_id")
      .primaryKey()
      .references(() => events.id, { onDelete: "cascade" }),
    contentType: text("content_type").$type<"image/png" | "image/jpeg" | "image/webp">().notNull(),
    bytes: bytes("bytes").notNull(),
    /** SHA-256 of the bytes in hex: what the URL carries, so that it may be kept for ever. */
    hash: text("hash").notNull(),
    updatedAt: instant("updated_at").notNull().defaultNow(),
  },
  (table) => [
    check(
      "event_logos_type_is_known",
      sql`${table.contentType} in ('image/png', 'image/jpeg', 'image/webp')`,
    ),
    check("event_logos_size", sql`octet_length(${table.bytes}) between 1 and 2097152`),
  ],
);

export const announcements = pgTable(
  "announcements",
  {
    id: text("id").primaryKey(),
    eventId: text("event_id")
      .notNull()
      .references(() => events.id, { onDelete: "cascade" }),
    userId: text("user_id").references(() => users.id, { onDelete: "set null" }),
    text: text("text").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    check("announcements_text", sql`length(${table.text}) between 1 and 8000`),
    index("announcements_of_event").on(table.eventId, table.createdAt, table.id),
  ],
);
