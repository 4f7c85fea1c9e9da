import { and, eq } from "drizzle-orm";
import { violatedConstraint } from "../../db/constraint-errors.ts";
import type { Database } from "../../db/open-database.ts";
import { attendees } from "../../db/schema/events-tables.ts";
import { Problem } from "../../protocol/problem.ts";

export interface Seat {
  joinedAt: Date;
  /** False when the user sat here already. */
  isNew: boolean;
}

/** Takes a seat. Throws `event-full`; the database's check holds under any number of simultaneous joins. */
export async function takeSeat(db: Database, eventId: string, userId: string, now: Date): Promise<Seat> {
  try {
    const taken = await db
      .insert(attendees)
      .values({ eventId, userId, joinedAt: now })
      .onConflictDoNothing()
      .returning({ joinedAt: attendees.joinedAt });
    if (taken[0]) return { joinedAt: taken[0].joinedAt, isNew: true };
  } catch (error) {
    const constraint = violatedConstraint(error)?.constraint;
    if (constraint === "events_capacity") throw new Problem("event-full");
    // The event was deleted between the look and the insert.
    if (constraint === "attendees_event_id_events_id_fk") throw new Problem("not-found");
    throw error;
  }
  const seats = await db
    .select({ joinedAt: attendees.joinedAt })
    .from(attendees)
    .where(and(eq(attendees.eventId, eventId), eq(attendees.userId, userId)));
  return { joinedAt: seats[0]?.joinedAt ?? now, isNew: false };
}

export async function leaveSeat(db: Database, eventId: string, userId: string): Promise<void> {
  await db.delete(attendees).where(and(eq(attendees.eventId, eventId), eq(attendees.userId, userId)));
}
