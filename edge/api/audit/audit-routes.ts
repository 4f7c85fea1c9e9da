import { Hono } from "hono";
import * as v from "valibot";
import { AuditEntry } from "../../protocol/audit.ts";
import { Instant, identifier } from "../../protocol/identifier.ts";
import { listOf, listQueryEntries } from "../../protocol/list.ts";
import { decodeTimeCursor, pageOf } from "../cursor.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { readInstant } from "../events/event-times.ts";
import { operation } from "../openapi.ts";
import type { ApiEnv } from "../request-context.ts";
import { validate } from "../validate.ts";
import { listAuditEntries } from "./audit-queries.ts";

const AuditQuery = v.object({
  ...listQueryEntries,
  actorId: v.optional(identifier("user")),
  action: v.optional(v.pipe(v.string(), v.regex(/^[a-z-]{1,40}\.[a-z-]{1,40}$/, "is not an action"))),
  subjectId: v.optional(v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/, "is not an id"))),
  eventId: v.optional(identifier("event")),
  from: v.optional(Instant),
  to: v.optional(Instant),
});

/** What the staff did, for admins. */
export function auditRoutes({ db }: ApiDependencies) {
  const routes = new Hono<ApiEnv>().get(
    "/api/audit",
    operation({
      id: "listAudit",
      summary: "List what the staff did, newest first",
      tag: "Platform",
      answers: { 200: { description: "A page of the audit log", schema: listOf(AuditEntry) } },
      problems: ["invalid"],
    }),
    validate("query", AuditQuery),
    async (c) => {
      const { limit, cursor, from, to, ...same } = c.req.valid("query");
      const rows = await listAuditEntries(db, {
        ...same,
        from: from === undefined ? undefined : readInstant(from, "/from"),
        to: to === undefined ? undefined : readInstant(to, "/to"),
        after: cursor === undefined ? undefined : decodeTimeCursor(cursor),
        limit: limit + 1,
      });
      const { items, nextCursor } = pageOf(rows, limit, (last) => [last.at, last.id]);
      return c.json({ items, nextCursor }, 200, {
        "cache-control": "no-store",
      });
    },
  );
  return routes;
}
