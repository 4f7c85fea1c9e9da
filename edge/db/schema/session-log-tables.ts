import { sql } from "drizzle-orm";
import {
  type AnyPgColumn,
  bigint,
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
import type { ChatMessage } from "../../protocol/chat.ts";
import type { CommitResult, Viewer } from "../../protocol/internal-rooms.ts";
import { users } from "./accounts-tables.ts";
import { instant } from "./column-kinds.ts";
import { sessions } from "./events-tables.ts";

/** The head of each session's log. A commit locks this row, so that seq grows by one without holes. */
export const sessionLogs = pgTable(
  "session_logs",
  {
    sessionId: text("session_id")
      .primaryKey()
      .references(() => sessions.id, { onDelete: "cascade" }),
    head: bigint("head", { mode: "number" }).notNull().default(0),
    /** As its room last said; a figure that is not renewed means nobody. */
    viewers: integer("viewers").notNull().default(0),
    viewersAt: instant("viewers_at"),
    peakViewers: integer("peak_viewers").notNull().default(0),
  },
  (table) => [check("session_logs_head", sql`${table.head} >= 0`)],
);

export const sessionEvents = pgTable(
  "session_events",
  {
    sessionId: text("session_id")
      .notNull()
      .references(() => sessionLogs.sessionId, { onDelete: "cascade" }),
    seq: bigint("seq", { mode: "number" }).notNull(),
    type: text("type").notNull(),
    audienceKind: text("audience_kind").$type<"all" | "staff" | "team" | "user">().notNull().default("all"),
    audienceUserId: text("audience_user_id"),
    actorId: text("actor_id"),
    at: instant("at").notNull().defaultNow(),
    data: jsonb("data").$type<unknown>().notNull(),
  },
  (table) => [
    primaryKey({ name: "session_events_pkey", columns: [table.sessionId, table.seq] }),
    // Reports say when polls were opened; a session's log is mostly chat.
    index("session_events_of_new_polls")
      .on(table.sessionId, table.seq)
      .where(sql`${table.type} = 'poll:new'`),
    check("session_events_seq", sql`${table.seq} >= 1`),
    check("session_events_audience_is_known", sql`${table.audienceKind} in ('all', 'staff', 'team', 'user')`),
    check(
      "session_events_audience_names_its_user",
      sql`(${table.audienceKind} <> 'user' or ${table.audienceUserId} is not null) and (${table.audienceKind} <> 'all' or ${table.audienceUserId} is null)`,
    ),
  ],
);

/** What a client's ref was answered, so that a retry answers the same and does nothing twice. */
export const sessionCommands = pgTable(
  "session_commands",
  {
    userId: text("user_id").notNull(),
    ref: text("ref").notNull(),
    sessionId: text("session_id")
      .notNull()
      .references(() => sessions.id, { onDelete: "cascade" }),
    result: jsonb("result").$type<CommitResult>().notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ name: "session_commands_pkey", columns: [table.userId, table.ref] }),
    index("session_commands_by_age").on(table.createdAt),
  ],
);

export const chatMessages = pgTable(
  "chat_messages",
  {
    id: text("id").primaryKey(),
    sessionId: text("session_id")
      .notNull()
      .references(() => sessions.id, { onDelete: "cascade" }),
    seq: bigint("seq", { mode: "number" }).notNull(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    text: text("text").notNull(),
    replyTo: text("reply_to").references((): AnyPgColumn => chatMessages.id, { onDelete: "set null" }),
    mentions: jsonb("mentions").$type<ChatMessage["mentions"]>().notNull().default([]),
    pinned: boolean("pinned").notNull().default(false),
    /** Held: seen by staff and its author until a moderator decides. Shadowed: by its author, who is not told. */
    state: text("state").$type<"visible" | "held" | "shadowed">().notNull().default("visible"),
    deletedAt: instant("deleted_at"),
    deletedBy: text("deleted_by"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    unique("chat_messages_seq_unique").on(table.sessionId, table.seq),
    check("chat_messages_text", sql`length(${table.text}) between 1 and 8000`),
    check("chat_messages_state_is_known", sql`${table.state} in ('visible', 'held', 'shadowed')`),
    index("chat_messages_unseen").on(table.sessionId, table.seq).where(sql`${table.state} <> 'visible'`),
    index("chat_messages_pinned").on(table.sessionId).where(sql`${table.pinned}`),
    index("chat_messages_of_user").on(table.userId, table.createdAt),
    index("chat_messages_replies").on(table.replyTo),
  ],
);

/** Tickets for one WebSocket connection; used up by DELETE … RETURNING. */
export const realtimeTickets = pgTable(
  "realtime_tickets",
  {
    /** SHA-256 of the ticket in hex. */
    tokenHash: text("token_hash").primaryKey(),
    viewer: jsonb("viewer").$type<Viewer>().notNull(),
    expiresAt: instant("expires_at").notNull(),
  },
  (table) => [index("realtime_tickets_by_expiry").on(table.expiresAt)],
);
