import { eq } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { events, sessions } from "../../db/schema/events-tables.ts";
import { streams } from "../../db/schema/streams-tables.ts";
import { holdNodesOf } from "./node-orders.ts";
import { revokePlayback } from "./stream-changes.ts";

/**
 * Revokes the playback of all streams of an event, for people who may watch no more. Without effect for an event that
 * anyone may watch without a token. Needs a transaction that holds the event's row.
 */
export async function revokePlaybackOfEvent(tx: Database, eventId: string): Promise<void> {
  const [event] = await tx
    .select({ visibility: events.visibility, status: events.status })
    .from(events)
    .where(eq(events.id, eventId));
  if (event === undefined || (event.visibility === "public" && event.status !== "draft")) return;
  for (const streamId of await holdMediaOfEvent(tx, eventId)) await revokePlayback(tx, streamId);
}

/**
 * Holds the event's streams, then the nodes that have anything of them, for who changes several. Needs the event's row.
 * Returns the ids of the streams.
 */
export async function holdMediaOfEvent(tx: Database, eventId: string): Promise<string[]> {
  const held = await tx
    .select({ id: streams.id })
    .from(streams)
    .innerJoin(sessions, eq(sessions.id, streams.sessionId))
    .where(eq(sessions.eventId, eventId))
    .orderBy(streams.id)
    .for("update", { of: streams });
  const streamIds = held.map(({ id }) => id);
  await holdNodesOf(tx, streamIds);
  return streamIds;
}
