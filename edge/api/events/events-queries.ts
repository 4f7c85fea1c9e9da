import { and, asc, desc, eq, gte, inArray, lte, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { events, sessionSpeakers, sessions } from "../../db/schema/events-tables.ts";
import { streams } from "../../db/schema/streams-tables.ts";
import type { Event, EventStatus, Session } from "../../protocol/events.ts";
import { presentEvent, presentSession } from "./event-views.ts";

export type EventRow = typeof events.$inferSelect;

export interface EventFilter {
  visible: SQL | undefined;
  status?: EventStatus;
  /** Events that are not over before `from` and do not begin after `to`. */
  from?: Date;
  to?: Date;
  /** The last event of the page before. */
  after?: { at: Date; id: string };
  limit: number;
}

/** Newest first. */
export async function listEventRows(db: Database, filter: EventFilter): Promise<EventRow[]> {
  const { visible, status, from, to, after, limit } = filter;
  return db
    .select()
    .from(events)
    .where(
      and(
        visible,
        status && eq(events.status, status),
        from && gte(sql`coalesce(${events.endsAt}, ${events.startsAt})`, from.toISOString()),
        to && lte(events.startsAt, to),
        after &&
          or(
            sql`${events.createdAt} < ${after.at.toISOString()}`,
            and(eq(events.createdAt, after.at), sql`${events.id} < ${after.id}`),
          ),
      ),
    )
    .orderBy(desc(events.createdAt), desc(events.id))
    .limit(limit);
}

/** Events as the wire has them, with their sessions, in the order of the rows. Two queries for any number. */
export async function withSessions(db: Database, rows: EventRow[]): Promise<Event[]> {
  const ids = rows.map((row) => row.id);
  const found = ids.length === 0 ? [] : await selectSessions(db, inArray(sessions.eventId, ids));
  return rows.map((row) =>
    presentEvent(
      row,
      found.flatMap(({ session }) => (session.eventId === row.id ? [session] : [])),
    ),
  );
}

/** One event with its sessions, whoever asks; null when absent. */
export async function readEvent(db: Database, eventId: string): Promise<Event | null> {
  const found = await readVersionedEvent(db, eventId);
  return found?.event ?? null;
}

/** As `readEvent`, with the version that If-Match compares. The session list may be newer than the version. */
export async function readVersionedEvent(
  db: Database,
  eventId: string,
): Promise<{ event: Event; version: number } | null> {
  const [row] = await db.select().from(events).where(eq(events.id, eventId));
  if (!row) return null;
  const [event] = await withSessions(db, [row]);
  return { event: event!, version: row.version };
}

/** One session, whoever asks; null when absent. */
export async function readSession(
  db: Database,
  sessionId: string,
): Promise<{ session: Session; version: number } | null> {
  const [found] = await selectSessions(db, eq(sessions.id, sessionId));
  return found ?? null;
}

async function selectSessions(db: Database, where: SQL): Promise<{ session: Session; version: number }[]> {
  const rows = await db
    .select({
      session: sessions,
      streamId: streams.id,
      speakers: sql<string[]>`coalesce(
        (select jsonb_agg(${sessionSpeakers.userId} order by ${sessionSpeakers.userId})
           from ${sessionSpeakers} where ${sessionSpeakers.sessionId} = ${sessions.id}), '[]'::jsonb)`,
    })
    .from(sessions)
    .leftJoin(streams, eq(streams.sessionId, sessions.id))
    .where(where)
    .orderBy(sql`${sessions.startsAt} asc nulls last`, asc(sessions.createdAt), asc(sessions.id));
  return rows.map(({ session, streamId, speakers }) => ({
    session: presentSession(session, streamId, speakers),
    version: session.version,
  }));
}
