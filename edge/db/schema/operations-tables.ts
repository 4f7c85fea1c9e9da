/** What concerns requests rather than things: who of the staff did what, and which POST was answered how. */
import { sql } from "drizzle-orm";
import { check, index, integer, jsonb, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { instant } from "./column-kinds.ts";

/** Stands alone, without foreign keys: an entry outlives what it tells of. */
export const auditLog = pgTable(
  "audit_log",
  {
    id: text("id").primaryKey(),
    at: instant("at").notNull().defaultNow(),
    /** Null: the operator at the command line, or the system itself. */
    actorId: text("actor_id"),
    action: text("action").notNull(),
    subjectKind: text("subject_kind").notNull(),
    subjectId: text("subject_id").notNull(),
    eventId: text("event_id"),
    detail: jsonb("detail").$type<Record<string, unknown>>().notNull().default({}),
    requestId: text("request_id"),
  },
  (table) => [
    index("audit_log_by_time").on(table.at, table.id),
    index("audit_log_of_actor").on(table.actorId, table.at),
    index("audit_log_of_subject").on(table.subjectId, table.at),
    index("audit_log_of_event").on(table.eventId, table.at),
  ],
);

/** What a POST with an Idempotency-Key was answered. */
export const idempotencyKeys = pgTable(
  "idempotency_keys",
  {
    /** Who sent it: `user:<id>`, or a hash of an anonymous caller's address. */
    caller: text("caller").notNull(),
    operation: text("operation").notNull(),
    key: text("key").notNull(),
    /** SHA-256 over path, query and body, in hex: the same key with another request is a mistake. */
    requestHash: text("request_hash").notNull(),
    /** `secret`: it was done, and its answer held a secret and was not kept. */
    state: text("state").$type<"in-flight" | "done" | "secret">().notNull().default("in-flight"),
    /** Which request holds the key while it is in flight, so that one that lost it cannot write the answer. */
    holder: text("holder").notNull(),
    /** An in-flight row of a process that died is taken over from here on. */
    heldUntil: instant("held_until").notNull(),
    status: integer("status"),
    headers: jsonb("headers").$type<Record<string, string>>(),
    body: text("body"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ name: "idempotency_keys_pkey", columns: [table.caller, table.operation, table.key] }),
    check("idempotency_keys_state_is_known", sql`${table.state} in ('in-flight', 'done', 'secret')`),
    check(
      "idempotency_keys_answer_is_kept_when_done",
      sql`(${table.state} = 'done') = (${table.status} is not null)`,
    ),
    index("idempotency_keys_by_age").on(table.createdAt),
  ],
);
