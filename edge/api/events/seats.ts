import { sql } from "drizzle-orm";
import { violatedConstraint } from "../../db/constraint-errors.ts";
import type { Database } from "../../db/open-database.ts";
import { Problem } from "../../protocol/problem.ts";

export interface Seat {
  joinedAt: Date;
  /** False when the user sat here already. */
  isNew: boolean;
}

/**
 * Takes a seat, and with it the user off the waiting list. Throws `event-full` and `banned`: the database's check and
 * triggers hold under any number of simultaneous joins.
 */
export async function takeSeat(db: Database, eventId: string, userId: string, now: Date): Promise<Seat> {
  for (let attempt = 0; attempt < 5; attempt++) {
    if (await insertSeat(db, eventId, userId, now)) return { joinedAt: now, isNew: true };
    const [found] = await db.execute<{ joined_at: string | null; banned: boolean }>(sql`
      select (select joined_at from attendees where event_id = ${eventId} and user_id = ${userId}),
             exists (select from bans where event_id = ${eventId} and user_id = ${userId}) as banned`);
    if (found?.joined_at) return { joinedAt: new Date(found.joined_at), isNew: false };
    // The trigger passed over someone who was banned meanwhile.
    if (found?.banned) throw new Problem("banned");
    // The seat that was there was left between the two looks.
  }
  throw new Problem("conflict", { detail: "You are joining and leaving at once." });
}

/** False where the user sits there already, or is banned. */
async function insertSeat(db: Database, eventId: string, userId: string, now: Date): Promise<boolean> {
  try {
    const taken = await db.execute(sql`
      with seat as (
        insert into attendees (event_id, user_id, joined_at)
        values (${eventId}, ${userId}, ${now.toISOString()}::timestamptz)
        on conflict do nothing
        returning event_id, user_id
      ), off_the_list as (
        delete from waitlist using seat
        where waitlist.event_id = seat.event_id and waitlist.user_id = seat.user_id
      )
      select 1 from seat`);
    return taken.length > 0;
  } catch (error) {
    const constraint = violatedConstraint(error)?.constraint;
    if (constraint === "events_capacity") throw new Problem("event-full");
    // The event was deleted between the look and the insert.
    if (constraint === "attendees_event_id_events_id_fk") throw new Problem("not-found");
    throw error;
  }
}

/** Leaves the seat or the waiting list; who waits for the seat gets it. Returns who did. */
export async function leaveSeat(db: Database, eventId: string, userId: string, now: Date): Promise<string[]> {
  return db.transaction(async (tx) => {
    await lockSeats(tx, eventId);
    await giveUpPlace(tx, eventId, userId);
    return seatWaiting(tx, eventId, now);
  });
}

/**
 * Everything that frees, fills or counts seats beyond a single join takes the event's row first, so that none of it
 * deadlocks, and the next in line is seated before anyone else sees the free seat. False when the event is absent.
 */
export async function lockSeats(tx: Database, eventId: string): Promise<boolean> {
  const rows = await tx.execute(sql`select 1 from events where id = ${eventId} for no key update`);
  return rows.length > 0;
}

/** Takes the user's seat and place in line away. Needs `lockSeats`, and `seatWaiting` after it. */
export async function giveUpPlace(tx: Database, eventId: string, userId: string): Promise<void> {
  await tx.execute(sql`delete from waitlist where event_id = ${eventId} and user_id = ${userId}`);
  await tx.execute(sql`delete from attendees where event_id = ${eventId} and user_id = ${userId}`);
}

/**
 * Seats as many of those who wait as there are free seats, in the order they came. Needs `lockSeats`. Returns their
 * ids; nobody is seated in an event that is over.
 */
export async function seatWaiting(tx: Database, eventId: string, now: Date): Promise<string[]> {
  const seated = await tx.execute<{ user_id: string }>(sql`
    with next as (
      select event_id, user_id, position from waitlist
      where event_id = ${eventId}
        and exists (select from events where id = ${eventId} and status not in ('ended', 'cancelled'))
      order by position
      limit (
        -- Null, no limit, where there is none; "greatest" alone would make it 0.
        select case when max_attendees is not null then greatest(max_attendees - attendee_count, 0) end
        from events where id = ${eventId}
      )
    ), off_the_list as (
      delete from waitlist using next
      where waitlist.event_id = next.event_id and waitlist.user_id = next.user_id
      returning waitlist.user_id
    )
    insert into attendees (event_id, user_id, joined_at)
    select ${eventId}, user_id, ${now.toISOString()}::timestamptz from off_the_list
    on conflict do nothing
    returning user_id`);
  return seated.map((row) => row.user_id);
}

export type Place =
  | { kind: "seat"; seat: Seat }
  | { kind: "waiting"; position: number; waitingSince: Date; isNew: boolean };

/** A seat where there is one, else a place in line; asking again keeps the place. Throws `not-found`, `banned`. */
export async function takePlace(db: Database, eventId: string, userId: string, now: Date): Promise<Place> {
  return db.transaction(async (tx) => {
    if (!(await lockSeats(tx, eventId))) throw new Problem("not-found");
    await seatWaiting(tx, eventId, now);
    const [facts] = await tx.execute<{ full: boolean; seated: boolean; banned: boolean }>(sql`
      select coalesce(attendee_count >= max_attendees, false) as full,
             exists (select from attendees where event_id = events.id and user_id = ${userId}) as seated,
             exists (select from bans where event_id = events.id and user_id = ${userId}) as banned
      from events where id = ${eventId}`);
    if (facts?.banned) throw new Problem("banned");
    if (!facts?.full || facts.seated) {
      return { kind: "seat", seat: await takeSeat(tx, eventId, userId, now) };
    }
    const added = await tx.execute(sql`
      insert into waitlist (event_id, user_id, created_at)
      values (${eventId}, ${userId}, ${now.toISOString()}::timestamptz)
      on conflict do nothing returning 1`);
    const [place] = await tx.execute<{ ahead: string; since: string }>(sql`
      select own.created_at as since,
             (select count(*) from waitlist other
               where other.event_id = own.event_id and other.position < own.position) as ahead
      from waitlist own where own.event_id = ${eventId} and own.user_id = ${userId}`);
    return {
      kind: "waiting",
      position: Number(place?.ahead ?? 0) + 1,
      waitingSince: place ? new Date(place.since) : now,
      isNew: added.length > 0,
    };
  });
}
