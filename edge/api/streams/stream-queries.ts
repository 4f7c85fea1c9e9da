import { and, desc, eq, sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { attendees, bans, events, members, sessions } from "../../db/schema/events-tables.ts";
import { mediaNodes, streams } from "../../db/schema/streams-tables.ts";
import type { Principal } from "../authentication.ts";
import type { EventFacts, EventStanding } from "../events/event-access.ts";
import { visibleTo } from "../events/event-standing.ts";
import { streamColumns } from "./stream-columns.ts";
import type { StreamRow } from "./stream-representation.ts";

export interface FoundStream {
  row: StreamRow;
  /** Null for a stream without a session. */
  event: (EventFacts & { id: string }) | null;
  nodeHlsHost: string | null;
  standing: EventStanding;
}

/** The stream and what this person is to its event, whether or not they may see it; null where it is absent. */
export async function findStreamForAnyone(
  db: Database,
  id: string,
  principal: Principal | null,
): Promise<FoundStream | null> {
  const [row] = await selectStreams(db, principal).where(eq(streams.id, id));
  return row === undefined ? null : toFound(row, principal);
}

/** Newest first, at most `limit`, behind `after`. */
export async function listStreams(
  db: Database,
  principal: Principal | null,
  limit: number,
  after: { at: Date; id: string } | null,
): Promise<FoundStream[]> {
  const behind =
    after === null
      ? undefined
      : sql`(${streams.createdAt}, ${streams.id}) < (${after.at.toISOString()}::timestamptz, ${after.id})`;
  const rows = await selectStreams(db, principal)
    .where(and(visibleTo(principal), behind))
    .orderBy(desc(streams.createdAt), desc(streams.id))
    .limit(limit);
  return rows.map((row) => toFound(row, principal));
}

function selectStreams(db: Database, principal: Principal | null) {
  // No user has an empty id, so an anonymous principal joins nothing.
  const userId = principal?.user.id ?? "";
  return db
    .select({
      row: streamColumns,
      eventId: events.id,
      eventStatus: events.status,
      visibility: events.visibility,
      nodeHlsHost: mediaNodes.hlsHost,
      memberRole: members.role,
      attendeeId: attendees.userId,
      banId: bans.userId,
    })
    .from(streams)
    .leftJoin(sessions, eq(sessions.id, streams.sessionId))
    .leftJoin(events, eq(events.id, sessions.eventId))
    .leftJoin(mediaNodes, eq(mediaNodes.id, streams.mediaNodeId))
    .leftJoin(members, and(eq(members.eventId, events.id), eq(members.userId, userId)))
    .leftJoin(attendees, and(eq(attendees.eventId, events.id), eq(attendees.userId, userId)))
    .leftJoin(bans, and(eq(bans.eventId, events.id), eq(bans.userId, userId)))
    .$dynamic();
}

function toFound(
  row: Awaited<ReturnType<typeof selectStreams>>[number],
  principal: Principal | null,
): FoundStream {
  const { eventId, eventStatus: status, visibility } = row;
  return {
    row: row.row,
    event:
      eventId !== null && status !== null && visibility !== null ? { id: eventId, status, visibility } : null,
    nodeHlsHost: row.nodeHlsHost,
    standing: {
      globalRole: principal?.user.role ?? null,
      memberRole: row.memberRole,
      joined: row.attendeeId !== null,
      banned: row.banId !== null,
    },
  };
}
