import { and, asc, eq, gte, inArray, isNotNull, type SQL, sql } from "drizzle-orm";
import { type Context, Hono } from "hono";
import * as v from "valibot";
import type { Database } from "../../db/open-database.ts";
import { events, sessions } from "../../db/schema/events-tables.ts";
import { identifier } from "../../protocol/identifier.ts";
import { Problem } from "../../protocol/problem.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { entityTag, namesTag } from "../http-validators.ts";
import { operation } from "../openapi.ts";
import type { ApiEnv } from "../request-context.ts";
import { validate } from "../validate.ts";
import { type CalendarEntry, calendarEntries, renderCalendar } from "./calendar.ts";
import { visibleTo } from "./event-standing.ts";
import type { EventRow } from "./events-queries.ts";

const tag = "Events";
const EventPath = v.object({ id: identifier("event") });
const contentType = "text/calendar; charset=utf-8";
/** A feed keeps what is past for this long, and has at most so many events and entries, the earliest first. */
const feed = { pastDays: 90, events: 200, entries: 1000 };
/** Rendering takes a tenth of a millisecond an entry of the only thread: feeds that were asked for lately are kept. */
const keptFeeds = 20;

/** Feeds that calendar programs subscribe to. */
export function calendarRoutes(deps: ApiDependencies) {
  const { db, clock } = deps;
  const routes = new Hono<ApiEnv>()
    .get(
      "/api/events/:id/calendar.ics",
      operation({
        id: "getEventCalendar",
        summary: "Get an event and its sessions as iCalendar",
        tag,
        description:
          "Times are in UTC. An entry keeps its UID; its SEQUENCE grows when it moves, is renamed, cancelled or taken up again.",
        conditional: "read",
        answers: { 200: { description: "iCalendar (RFC 5545)", contentType: "text/calendar" } },
      }),
      validate("param", EventPath),
      async (c) => {
        const { id } = c.req.valid("param");
        const [event] = await db.select().from(events).where(eq(events.id, id));
        if (!event) throw new Problem("not-found");
        return answerCalendar(c, event.slug, event.title, await readEntries(db, [event]));
      },
    )
    .get(
      "/api/calendar.ics",
      operation({
        id: "getCalendar",
        summary: "Get all events that you may see as iCalendar",
        tag,
        description: `What was over ${feed.pastDays} days ago is left out; at most ${feed.events} events and ${feed.entries} entries.`,
        conditional: "read",
        answers: { 200: { description: "iCalendar (RFC 5545)", contentType: "text/calendar" } },
      }),
      async (c) => {
        const since = new Date(clock().getTime() - feed.pastDays * 86_400_000);
        const rows = await readFeed(db, visibleTo(c.var.principal), since);
        const entries = await readEntries(db, rows);
        return answerCalendar(c, "events", "Events", entries.slice(0, feed.entries));
      },
    );

  return routes;
}

function readFeed(db: Database, visible: SQL | undefined, since: Date): Promise<EventRow[]> {
  const recent = gte(sql`coalesce(${events.endsAt}, ${events.startsAt})`, since.toISOString());
  return db
    .select()
    .from(events)
    .where(and(visible, isNotNull(events.startsAt), recent))
    .orderBy(asc(events.startsAt), asc(events.id))
    .limit(feed.events);
}

async function readEntries(db: Database, rows: readonly EventRow[]): Promise<CalendarEntry[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const found = await db
    .select()
    .from(sessions)
    .where(inArray(sessions.eventId, ids))
    .orderBy(asc(sessions.startsAt), asc(sessions.id));
  return rows.flatMap((event) =>
    calendarEntries(
      event,
      found.filter(({ eventId }) => eventId === event.id),
    ),
  );
}

async function answerCalendar(
  c: Context<ApiEnv>,
  fileName: string,
  name: string,
  entries: CalendarEntry[],
): Promise<Response> {
  const tag = await entityTag(JSON.stringify([name, entries]));
  const headers = { etag: tag, "cache-control": "private, no-cache" };
  if (namesTag(c.req.header("if-none-match"), tag)) return c.body(null, 304, headers);
  const text = rendered.get(tag) ?? renderCalendar(name, entries);
  keepRendered(tag, text);
  return c.body(text, 200, {
    ...headers,
    "content-type": contentType,
    // Slugs are letters, digits and hyphens.
    "content-disposition": `inline; filename="${fileName}.ics"`,
  });
}

const rendered = new Map<string, string>();

function keepRendered(tag: string, text: string): void {
  // The newest stand last.
  rendered.delete(tag);
  rendered.set(tag, text);
  for (const oldest of rendered.keys()) {
    if (rendered.size <= keptFeeds) return;
    rendered.delete(oldest);
  }
}
