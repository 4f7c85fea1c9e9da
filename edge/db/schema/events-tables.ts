import { sql } from "drizzle-orm";
import { boolean, check, index, integer, pgTable, primaryKey, text, unique } from "drizzle-orm/pg-core";
import type { EventStatus, Visibility } from "../../protocol/events.ts";
import { users } from "./accounts-tables.ts";
import { instant } from "./column-kinds.ts";

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
    createdAt: instant("created_at").notNull().defaultNow(),
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
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    check("sessions_status_is_known", sql`${table.status} in ('scheduled', 'live', 'ended', 'cancelled')`),
    check("sessions_end_after_start", sql`${table.endsAt} >= ${table.startsAt}`),
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
