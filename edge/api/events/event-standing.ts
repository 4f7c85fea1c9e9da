import { and, eq, not, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { attendees, bans, events, members } from "../../db/schema/events-tables.ts";
import { holdsRole, type Principal } from "../authentication.ts";
import type { EventFacts, EventStanding } from "./event-access.ts";

export interface FoundEvent {
  event: EventFacts;
  standing: EventStanding;
}

/** The event's facts and what the caller is to it, in one query; null when there is no such event. */
export async function readStanding(
  db: Database,
  eventId: string,
  principal: Principal | null,
): Promise<FoundEvent | null> {
  const userId = principal?.user.id ?? "";
  const rows = await db
    .select({
      status: events.status,
      visibility: events.visibility,
      accessCodeHash: events.accessCodeHash,
      memberRole: members.role,
      joined: sql<boolean>`${attendees.userId} is not null`,
      banned: sql<boolean>`${bans.userId} is not null`,
    })
    .from(events)
    .leftJoin(members, and(eq(members.eventId, events.id), eq(members.userId, userId)))
    .leftJoin(attendees, and(eq(attendees.eventId, events.id), eq(attendees.userId, userId)))
    .leftJoin(bans, and(eq(bans.eventId, events.id), eq(bans.userId, userId)))
    .where(eq(events.id, eventId));
  const row = rows[0];
  if (!row) return null;
  const { status, visibility, accessCodeHash, memberRole, joined, banned } = row;
  const globalRole = principal?.user.role ?? null;
  return {
    event: { status, visibility, accessCodeHash },
    standing: { globalRole, memberRole, joined, banned },
  };
}

/** `maySeeEvent` as a condition on `events`, for lists. Undefined: no condition. */
export function visibleTo(principal: Principal | null): SQL | undefined {
  if (holdsRole(principal?.user.role, "moderator")) return undefined;
  const open = and(eq(events.visibility, "public"), sql`${events.status} <> 'draft'`);
  if (!principal) return open;
  const userId = principal.user.id;
  const has = (table: typeof attendees | typeof members | typeof bans) =>
    sql`exists (select 1 from ${table} where ${table.eventId} = ${events.id} and ${table.userId} = ${userId})`;
  // A ban takes the seat and the role away, except a moderator's, whom nobody bans; this is the second lock.
  return or(
    open,
    and(has(attendees), not(has(bans))),
    and(
      has(members),
      or(
        not(has(bans)),
        sql`exists (select 1 from ${members} where ${members.eventId} = ${events.id} and ${members.userId} = ${userId} and ${members.role} = 'moderator')`,
      ),
    ),
  );
}
