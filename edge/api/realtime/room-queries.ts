import { asc, eq } from "drizzle-orm";
import type * as v from "valibot";
import type { Database } from "../../db/open-database.ts";
import { events, sessions } from "../../db/schema/events-tables.ts";
import { streams } from "../../db/schema/streams-tables.ts";
import type { JoinVerdict, Viewer } from "../../protocol/internal-rooms.ts";
import { Problem } from "../../protocol/problem.ts";
import type { EventState } from "../../protocol/realtime.ts";
import { readEvent } from "../events/events-queries.ts";
import { readStandings } from "../streams/standing-queries.ts";
import { toStreamStatus } from "../streams/stream-representation.ts";
import { judgeJoins } from "./join-verdicts.ts";
import { noOwnThings, readMine } from "./mine.ts";

/** Throws `not-found`. */
export async function eventOfSession(db: Database, sessionId: string): Promise<string> {
  const [row] = await db
    .select({ eventId: sessions.eventId })
    .from(sessions)
    .where(eq(sessions.id, sessionId));
  if (row === undefined) throw new Problem("not-found");
  return row.eventId;
}

/**
 * The verdicts for a batch of viewers, in their order; a fixed number of queries for any number. With a session, each
 * has what is the viewer's own in it. Throws `not-found`.
 */
export async function judgeViewers(
  db: Database,
  eventId: string,
  viewers: readonly Viewer[],
  sessionId: string | null = null,
): Promise<JoinVerdict[]> {
  const userIds = viewers.flatMap(({ userId }) => userId ?? []);
  const [[event], standings, ownOf] = await Promise.all([
    db
      .select({ status: events.status, visibility: events.visibility })
      .from(events)
      .where(eq(events.id, eventId)),
    readStandings(db, eventId, userIds),
    sessionId === null ? () => noOwnThings : readMine(db, sessionId, userIds),
  ]);
  if (event === undefined) throw new Problem("not-found");
  return judgeJoins(event, viewers, standings, ownOf);
}

/** The event and what its streams do now. Throws `not-found`. */
export async function readEventState(
  db: Database,
  eventId: string,
): Promise<v.InferOutput<typeof EventState>> {
  const [event, rows] = await Promise.all([
    readEvent(db, eventId),
    db
      .select({
        id: streams.id,
        sessionId: streams.sessionId,
        status: streams.status,
        playbackId: streams.playbackId,
        startedAt: streams.startedAt,
      })
      .from(streams)
      .innerJoin(sessions, eq(sessions.id, streams.sessionId))
      .where(eq(sessions.eventId, eventId))
      .orderBy(asc(streams.id)),
  ]);
  if (event === null) throw new Problem("not-found");
  return { event, streams: rows.map(toStreamStatus) };
}
