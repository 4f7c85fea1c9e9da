/** Who watched, how long and how well: the raw log for some weeks, and what is rolled up from it. */
import { sql } from "drizzle-orm";
import {
  boolean,
  check,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
} from "drizzle-orm/pg-core";
import { instant } from "./column-kinds.ts";
import { sessions } from "./events-tables.ts";
import { streams } from "./streams-tables.ts";

const ofStream = () =>
  text("stream_id")
    .notNull()
    .references(() => streams.id, { onDelete: "cascade" });

/** Seconds by rendition's name. */
type RenditionSeconds = Record<string, number>;

/** Each time a player was opened on a stream, as its beats tell; `play_id` is made by the player. */
export const plays = pgTable(
  "plays",
  {
    streamId: ofStream(),
    /** A user's id, or an anonymous viewer's. */
    viewerId: text("viewer_id").notNull(),
    playId: text("play_id").notNull(),
    /** As the stream was bound when the play began. */
    sessionId: text("session_id").references(() => sessions.id, { onDelete: "set null" }),
    /** desktop, phone, tablet, tv or other, and the browser's family: no more is kept of a User-Agent. */
    device: text("device").notNull(),
    browser: text("browser").notNull(),
    firstAt: instant("first_at").notNull(),
    /** From the wish to play to the first picture. */
    joinMs: integer("join_ms"),
  },
  (table) => [
    primaryKey({ name: "plays_pkey", columns: [table.streamId, table.viewerId, table.playId] }),
    index("plays_of_session").on(table.sessionId, table.firstAt),
    index("plays_of_viewer").on(table.viewerId),
    index("plays_by_time").on(table.firstAt),
  ],
);

/**
 * The last beat that came of a play in each minute of the server's clock. All counters grow over the whole play, so
 * a row is the greatest of what came: a beat that is late, lost or told twice changes nothing in the end.
 */
export const playMinutes = pgTable(
  "play_minutes",
  {
    streamId: ofStream(),
    viewerId: text("viewer_id").notNull(),
    playId: text("play_id").notNull(),
    minute: instant("minute").notNull(),
    sessionId: text("session_id").references(() => sessions.id, { onDelete: "set null" }),
    /** When the first and the last beat of this minute came. */
    firstAt: instant("first_at").notNull(),
    lastAt: instant("last_at").notNull(),
    /** The number of the newest beat. */
    beat: integer("beat").notNull(),
    /** Whether it played when the newest beat was sent, and whether that was its last. */
    playing: boolean("playing").notNull(),
    ended: boolean("ended").notNull().default(false),
    playedSeconds: doublePrecision("played_seconds").notNull(),
    stalls: integer("stalls").notNull().default(0),
    stallSeconds: doublePrecision("stall_seconds").notNull().default(0),
    errors: integer("errors").notNull().default(0),
    latencySeconds: doublePrecision("latency_seconds"),
    renditions: jsonb("renditions").$type<RenditionSeconds>().notNull().default({}),
  },
  (table) => [
    primaryKey({
      name: "play_minutes_pkey",
      columns: [table.streamId, table.viewerId, table.playId, table.minute],
    }),
    index("play_minutes_of_stream").on(table.streamId, table.minute),
    index("play_minutes_of_session").on(table.sessionId, table.minute),
    index("play_minutes_of_viewer").on(table.viewerId),
    index("play_minutes_by_time").on(table.minute),
  ],
);

/** Who was connected to a session's room, or fetched its stream's playlists, in a minute of the server's clock. */
export const presenceMinutes = pgTable(
  "presence_minutes",
  {
    sessionId: text("session_id")
      .notNull()
      .references(() => sessions.id, { onDelete: "cascade" }),
    /** A user's id, an anonymous viewer's, or the mark of an address that fetches without a token. */
    viewerId: text("viewer_id").notNull(),
    via: text("via").$type<"socket" | "playlist">().notNull(),
    minute: instant("minute").notNull(),
    /** Of playlists: whose. */
    streamId: text("stream_id").references(() => streams.id, { onDelete: "set null" }),
    firstAt: instant("first_at").notNull(),
    lastAt: instant("last_at").notNull(),
    /** Of sockets: whether they had left when they were last told of. */
    gone: boolean("gone").notNull().default(false),
    /** Of sockets: what `watch:state` came to in this minute, by the gateway's clock. */
    playedSeconds: doublePrecision("played_seconds").notNull().default(0),
    stalls: integer("stalls").notNull().default(0),
    latencySeconds: doublePrecision("latency_seconds"),
  },
  (table) => [
    primaryKey({
      name: "presence_minutes_pkey",
      columns: [table.sessionId, table.minute, table.viewerId, table.via],
    }),
    check("presence_minutes_via_is_known", sql`${table.via} in ('socket', 'playlist')`),
    index("presence_minutes_of_stream").on(table.streamId, table.minute),
    index("presence_minutes_of_viewer").on(table.viewerId),
    index("presence_minutes_by_time").on(table.minute),
  ],
);

/** Up to when the raw log has been written, and rolled up: of each session, and of each stream without one. */
export const rollUpMarks = pgTable(
  "roll_up_marks",
  {
    /** A session's id or a stream's. */
    subjectId: text("subject_id").primaryKey(),
    seenAt: instant("seen_at").notNull(),
    /** Everything that came before is in the roll-ups. */
    rolledUpAt: instant("rolled_up_at").notNull().default(sql`'-infinity'`),
  },
  (table) => [index("roll_up_marks_waiting").on(table.seenAt).where(sql`rolled_up_at < seen_at`)],
);

/** What is the same of a minute and of an hour of an event, a session or a stream. */
export const watchRollUps = pgTable(
  "watch_roll_ups",
  {
    /** An event's id, a session's or a stream's. */
    scopeId: text("scope_id").notNull(),
    span: text("span").$type<"minute" | "hour">().notNull(),
    at: instant("at").notNull(),
    /** Different viewers in this time. */
    viewers: integer("viewers").notNull(),
    /** The most at once, looked at every ten seconds. */
    peakViewers: integer("peak_viewers").notNull(),
    watchedSeconds: doublePrecision("watched_seconds").notNull(),
    stalls: integer("stalls").notNull(),
    stallSeconds: doublePrecision("stall_seconds").notNull(),
    errors: integer("errors").notNull(),
    renditions: jsonb("renditions").$type<RenditionSeconds>().notNull(),
  },
  (table) => [
    primaryKey({ name: "watch_roll_ups_pkey", columns: [table.scopeId, table.span, table.at] }),
    check("watch_roll_ups_span_is_known", sql`${table.span} in ('minute', 'hour')`),
    index("watch_roll_ups_by_time").on(table.span, table.at),
  ],
);

/** What each viewer watched of an event, a session or a stream in an hour. */
export const viewerHours = pgTable(
  "viewer_hours",
  {
    scopeId: text("scope_id").notNull(),
    viewerId: text("viewer_id").notNull(),
    hour: instant("hour").notNull(),
    firstAt: instant("first_at").notNull(),
    lastAt: instant("last_at").notNull(),
    watchedSeconds: doublePrecision("watched_seconds").notNull(),
    stalls: integer("stalls").notNull().default(0),
    stallSeconds: doublePrecision("stall_seconds").notNull().default(0),
    errors: integer("errors").notNull().default(0),
    /** The mean of what its players said. */
    latencySeconds: doublePrecision("latency_seconds"),
    renditions: jsonb("renditions").$type<RenditionSeconds>().notNull().default({}),
  },
  (table) => [
    primaryKey({ name: "viewer_hours_pkey", columns: [table.scopeId, table.viewerId, table.hour] }),
    index("viewer_hours_of_viewer").on(table.viewerId, table.hour),
    index("viewer_hours_by_time").on(table.hour),
  ],
);
