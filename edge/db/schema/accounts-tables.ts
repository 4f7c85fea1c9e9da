import { sql } from "drizzle-orm";
import { bigserial, check, index, integer, pgTable, primaryKey, text, unique } from "drizzle-orm/pg-core";
import type { Role } from "../../protocol/accounts.ts";
import { instant } from "./column-kinds.ts";

export const users = pgTable(
  "users",
  {
    id: text("id").primaryKey(),
    email: text("email").notNull(),
    name: text("name").notNull(),
    role: text("role").$type<Role>().notNull().default("attendee"),
    /** Null for someone who was invited and has not chosen a password yet. */
    passwordHash: text("password_hash"),
    avatarUrl: text("avatar_url"),
    createdAt: instant("created_at").notNull().defaultNow(),
    updatedAt: instant("updated_at").notNull().defaultNow(),
    /** Grown by a trigger with each change that the account's representation shows. */
    version: integer("version").notNull().default(1),
    /** A deleted account keeps its row without anything personal, since what was said keeps its author. */
    deletedAt: instant("deleted_at"),
    /** The viewer whose rows the deleted account's are now: of no account that anybody knows. */
    watchedAs: text("watched_as"),
  },
  (table) => [
    unique("users_email_taken").on(table.email),
    index("users_watched_as").on(table.watchedAs).where(sql`${table.watchedAs} is not null`),
    index("users_by_creation").on(table.createdAt, table.id),
    check("users_email_is_lower_case", sql`${table.email} = lower(${table.email} collate "C")`),
    check("users_role_is_known", sql`${table.role} in ('attendee', 'speaker', 'moderator', 'admin')`),
  ],
);

/** One login on one device. A token is good while its row is neither revoked nor expired. */
export const logins = pgTable(
  "logins",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    deviceName: text("device_name"),
    userAgent: text("user_agent"),
    ip: text("ip"),
    createdAt: instant("created_at").notNull().defaultNow(),
    lastSeenAt: instant("last_seen_at").notNull().defaultNow(),
    expiresAt: instant("expires_at").notNull(),
    revokedAt: instant("revoked_at"),
  },
  (table) => [index("logins_of_user").on(table.userId, table.createdAt)],
);

/** Single-use links by mail: to choose a password anew, or the first one by an invitation. */
export const passwordTokens = pgTable(
  "password_tokens",
  {
    /** SHA-256 of the token in hex; the token itself stands only in the mail. */
    tokenHash: text("token_hash").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    kind: text("kind").$type<"reset" | "invitation">().notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
    expiresAt: instant("expires_at").notNull(),
    usedAt: instant("used_at"),
  },
  (table) => [
    check("password_tokens_kind_is_known", sql`${table.kind} in ('reset', 'invitation')`),
    check("password_tokens_are_hashed", sql`${table.tokenHash} ~ '^[0-9a-f]{64}$'`),
    index("password_tokens_of_user").on(table.userId),
    index("password_tokens_by_expiry").on(table.expiresAt),
  ],
);

/**
 * Whose sockets must close, for gateways to read what a lost call did not tell them. Ids are not in the order of
 * commits: a reader asks again for the last seconds, and closing twice changes nothing. Stands alone.
 */
export const socketRevocations = pgTable(
  "socket_revocations",
  {
    id: bigserial("id", { mode: "number" }).primaryKey(),
    userId: text("user_id").notNull(),
    /** One login's sockets only; null: all of the user's. */
    loginId: text("login_id"),
    /** What is left in one event only; null: everywhere. */
    eventId: text("event_id"),
    /** The close code: 4401 credentials ended, 4403 banned. */
    code: integer("code").$type<4401 | 4403>().notNull(),
    at: instant("at").notNull().defaultNow(),
  },
  (table) => [
    check("socket_revocations_code_is_known", sql`${table.code} in (4401, 4403)`),
    index("socket_revocations_by_time").on(table.at),
  ],
);

/**
 * Mails that have to leave: one of a kind to a person at a time. The link is made when its mail is sent, so that it
 * stands nowhere else; a mail that has left has no row any more.
 */
export const mailsDue = pgTable(
  "mails_due",
  {
    userId: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    kind: text("kind").$type<"reset" | "invitation">().notNull(),
    /** What the invitation is to; null: to this place as such. */
    eventId: text("event_id"),
    attempts: integer("attempts").notNull().default(0),
    dueAt: instant("due_at").notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ name: "mails_due_pkey", columns: [table.userId, table.kind] }),
    check("mails_due_kind_is_known", sql`${table.kind} in ('reset', 'invitation')`),
    index("mails_due_by_time").on(table.dueAt),
  ],
);
