import { and, desc, eq, sql } from "drizzle-orm";
import { Hono } from "hono";
import * as v from "valibot";
import type { Database } from "../../db/open-database.ts";
import { users } from "../../db/schema/accounts-tables.ts";
import { announcements } from "../../db/schema/events-tables.ts";
import { Announcement, AnnouncementRequest } from "../../protocol/events.ts";
import { identifier, newIdentifier } from "../../protocol/identifier.ts";
import { listOf, listQueryEntries } from "../../protocol/list.ts";
import { audit } from "../audit/audit.ts";
import { requireUser } from "../authentication.ts";
import { decodeTimeCursor, pageOf } from "../cursor.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { operation } from "../openapi.ts";
import type { ApiEnv } from "../request-context.ts";
import { validate } from "../validate.ts";

const tag = "Events";
const EventPath = v.object({ id: identifier("event") });
const ListQuery = v.object(listQueryEntries);

/** What staff say to everyone in an event: kept, and heard at once. */
export function announcementsRoutes(deps: ApiDependencies) {
  const { db, clock } = deps;
  const routes = new Hono<ApiEnv>()
    .get(
      "/api/events/:id/announcements",
      operation({
        id: "listAnnouncements",
        summary: "List an event's announcements, newest first",
        tag,
        answers: { 200: { description: "A page of announcements", schema: listOf(Announcement) } },
        problems: ["invalid"],
      }),
      validate("param", EventPath),
      validate("query", ListQuery),
      async (c) => {
        const { limit, cursor } = c.req.valid("query");
        const after = cursor === undefined ? null : decodeTimeCursor(cursor);
        const found = await readAnnouncements(db, c.req.valid("param").id, limit + 1, after);
        return c.json(pageOf(found, limit, (last) => [last.createdAt, last.id]));
      },
    )
    .post(
      "/api/events/:id/announcements",
      operation({
        id: "announce",
        summary: "Announce something to everyone in an event",
        tag,
        description: "At most 2,000 characters. Everyone in the event's room gets it as `announcement`.",
        answers: { 201: { description: "The announcement", schema: Announcement } },
        problems: ["malformed", "too-large", "unsupported-media-type", "invalid"],
      }),
      validate("param", EventPath),
      validate("json", AnnouncementRequest),
      async (c) => {
        const { user } = requireUser(c);
        const { id: eventId } = c.req.valid("param");
        const { text } = c.req.valid("json");
        const id = newIdentifier("announcement");
        const createdAt = clock();
        await db.transaction(async (tx) => {
          await tx.insert(announcements).values({ id, eventId, userId: user.id, text, createdAt });
          await audit(tx, c, { action: "announcement.made", subject: { kind: "announcement", id }, eventId });
        });
        const data: Announcement = {
          id,
          eventId,
          user: { id: user.id, name: user.name },
          text,
          createdAt: createdAt.toISOString(),
        };
        deps.waitUntil(deps.rooms.publishToEvent(eventId, [{ type: "announcement", data }]));
        return c.json(data, 201);
      },
    );

  return routes;
}

async function readAnnouncements(
  db: Database,
  eventId: string,
  limit: number,
  after: { at: Date; id: string } | null,
): Promise<Announcement[]> {
  const { id, text, createdAt } = announcements;
  const behind = after && sql`(${createdAt}, ${id}) < (${after.at.toISOString()}::timestamptz, ${after.id})`;
  const rows = await db
    .select({ id, text, createdAt, userId: users.id, name: users.name })
    .from(announcements)
    .leftJoin(users, eq(users.id, announcements.userId))
    .where(and(eq(announcements.eventId, eventId), behind ?? undefined))
    .orderBy(desc(createdAt), desc(id))
    .limit(limit);
  return rows.map((row) => ({
    id: row.id,
    eventId,
    user: row.userId === null || row.name === null ? null : { id: row.userId, name: row.name },
    text: row.text,
    createdAt: row.createdAt.toISOString(),
  }));
}
