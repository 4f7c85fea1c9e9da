import { sql } from "drizzle-orm";
import { check, index, pgTable, text, unique } from "drizzle-orm/pg-core";
import type { Role } from "../../protocol/accounts.ts";
import { instant } from "./column-kinds.ts";

export const users = pgTable(
  "users",
  {
    id: text("id").primaryKey(),
    email: text("email").notNull(),
    name: text("name").notNull(),
    role: text("role").$type<Role>().notNull().default("attendee"),
    passwordHash: text("password_hash").notNull(),
    avatarUrl: text("avatar_url"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    unique("users_email_taken").on(table.email),
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
