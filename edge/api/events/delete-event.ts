import { eq } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { events } from "../../db/schema/events-tables.ts";
import type { Event } from "../../protocol/events.ts";
import { Problem } from "../../protocol/problem.ts";
import { readEvent } from "./events-queries.ts";
import { endStreamsOfEvent, lockEvent } from "./update-event.ts";

/**
 * Deletes an event with its sessions and everything said in them; its streams stay, without a session, and end where
 * they run. Needs a transaction. Returns the event as it was. Throws `not-found`.
 */
export async function deleteEvent(
  tx: Database,
  eventId: string,
  now: Date,
  requireUnchanged: (version: number) => void,
): Promise<Event> {
  const { version } = await lockEvent(tx, eventId);
  requireUnchanged(version);
  const event = await readEvent(tx, eventId);
  if (!event) throw new Problem("not-found");
  await endStreamsOfEvent(tx, eventId, now);
  await tx.delete(events).where(eq(events.id, eventId));
  return event;
}
