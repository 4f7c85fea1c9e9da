import { eq, sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { logins, mailsDue, users } from "../../db/schema/accounts-tables.ts";
import { bans, members, sessionSpeakers } from "../../db/schema/events-tables.ts";
import { streamViewers } from "../../db/schema/streams-tables.ts";
import { playMinutes, plays, presenceMinutes, viewerHours } from "../../db/schema/watching-tables.ts";
import { newIdentifier, randomBase64Url } from "../../protocol/identifier.ts";
import { giveUpPlace, lockSeats, seatWaiting } from "../events/seats.ts";
import { forgetPasswordTokens } from "../mail/password-tokens.ts";
import { forgetNameInLogs } from "./forget-name-in-logs.ts";

const nameOfTheDeleted = "Deleted user";

/**
 * Takes everything personal from an account and leaves its row, since what was said keeps its author, and whoever was at an
 * event that is over stays counted. Call `holdBeats` and then `leaveAllEvents` first.
 *
 * Throws by the constraint `users_last_admin` for the last admin.
 */
export async function anonymiseUser(db: Database, userId: string, now: Date): Promise<void> {
  await db
    .update(users)
    .set({
      name: nameOfTheDeleted,
      // Nobody's: `.invalid` is reserved for that (RFC 2606 §2).
      email: `deleted-${randomBase64Url(12).toLowerCase()}@deleted.invalid`,
      avatarUrl: null,
      passwordHash: null,
      role: "attendee",
      deletedAt: now,
    })
    .where(eq(users.id, userId));
  // With the logins go names of devices and addresses.
  await db.delete(logins).where(eq(logins.userId, userId));
  await forgetPasswordTokens(db, userId);
  await db.delete(mailsDue).where(eq(mailsDue.userId, userId));
  for (const table of [members, sessionSpeakers, bans])
    await db.delete(table).where(eq(table.userId, userId));
  await forgetNameInLogs(db, userId, nameOfTheDeleted);
  await forgetWhoWatched(db, userId);
}

/**
 * Makes what the user watched that of somebody unknown: totals and unique viewers stay, and what they said and asked
 * still counts for the same viewer, by `watched_as`. Call `holdBeats` before any lock on the user.
 */
async function forgetWhoWatched(db: Database, userId: string): Promise<void> {
  const watchedAs = newIdentifier("viewer");
  await db.update(users).set({ watchedAs }).where(eq(users.id, userId));
  for (const table of [plays, playMinutes, presenceMinutes, viewerHours])
    await db.update(table).set({ viewerId: watchedAs }).where(eq(table.viewerId, userId));
  await db.delete(streamViewers).where(eq(streamViewers.viewerId, userId));
}

/**
 * Gives up the user's seats and places in line; who waits for them is seated. Before the account's own row is locked:
 * a join takes them in that order too.
 */
export async function leaveAllEvents(db: Database, userId: string, now: Date): Promise<void> {
  const open = await db.execute<{ id: string }>(sql`
    select id from events where status in ('draft', 'scheduled', 'live') and (
      exists (select from attendees where event_id = events.id and user_id = ${userId})
      or exists (select from waitlist where event_id = events.id and user_id = ${userId}))
    order by id`);
  for (const { id } of open) {
    if (!(await lockSeats(db, id))) continue;
    await giveUpPlace(db, id, userId);
    await seatWaiting(db, id, now);
  }
}
