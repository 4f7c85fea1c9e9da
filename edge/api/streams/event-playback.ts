import { eq } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { events, sessions } from "../../db/schema/events-tables.ts";
import { streams } from "../../db/schema/streams-tables.ts";
import { revokePlayback } from "./stream-changes.ts";

/**
 * Revokes the playback of all streams of an event, for people who may watch no more. Without effect for an event that
 * anyone may watch without a token. Needs a transaction that holds the event's row.
 */
export async function revokePlaybackOfEvent(tx: Database, eventId: string): Promise<void> {
  const rows = await tx
    .select({ id: streams.id, visibility: events.visibility, status: events.status })
    .from(streams)
    .innerJoin(sessions, eq(sessions.id, streams.sessionId))
    .innerJoin(events, eq(events.id, sessions.eventId))
    .where(eq(events.id, eventId))
    .orderBy(streams.id);
  for (const { id, visibility, status } of rows) {
    if (visibility !== "public" || status === "draft") await revokePlayback(tx, id);
  }
}
