import { and, asc, eq, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { users } from "../../db/schema/accounts-tables.ts";
import { attendees, bans, members, waitlist } from "../../db/schema/events-tables.ts";
import type { Attendee, Ban, EventPerson, Member, MemberRole, Waiting } from "../../protocol/events.ts";
import { effectiveRole } from "../streams/stream-access.ts";

/** A place in a list that is ordered by time and user id. */
export interface After {
  at: Date;
  id: string;
}
/** One row and where it stands in its list. */
export interface Placed<T> {
  item: T;
  at: Date;
  userId: string;
}

const person = { id: users.id, name: users.name, role: users.role, avatarUrl: users.avatarUrl };

function toPerson(
  { id, name, role, avatarUrl }: Pick<typeof users.$inferSelect, "id" | "name" | "role" | "avatarUrl">,
  memberRole: MemberRole | null,
): EventPerson {
  return { id, name, role: effectiveRole(role, memberRole), avatarUrl };
}

/** Who has joined, the first first. */
export async function listAttendees(
  db: Database,
  eventId: string,
  limit: number,
  after: After | null,
): Promise<Placed<Attendee>[]> {
  const rows = await db
    .select({ person, joinedAt: attendees.joinedAt, memberRole: members.role })
    .from(attendees)
    .innerJoin(users, eq(users.id, attendees.userId))
    .leftJoin(members, and(eq(members.eventId, eventId), eq(members.userId, attendees.userId)))
    .where(and(eq(attendees.eventId, eventId), behind(attendees.joinedAt, attendees.userId, after)))
    .orderBy(asc(attendees.joinedAt), asc(attendees.userId))
    .limit(limit);
  return rows.map(({ person, joinedAt, memberRole }) => ({
    item: { user: toPerson(person, memberRole), joinedAt: joinedAt.toISOString() },
    at: joinedAt,
    userId: person.id,
  }));
}

/** Who waits for a seat, the next in line first; a page begins behind a position. */
export async function listWaiting(
  db: Database,
  eventId: string,
  limit: number,
  after: number,
): Promise<{ item: Waiting; position: number }[]> {
  const rows = await db
    .select({ person, since: waitlist.createdAt, position: waitlist.position, memberRole: members.role })
    .from(waitlist)
    .innerJoin(users, eq(users.id, waitlist.userId))
    .leftJoin(members, and(eq(members.eventId, eventId), eq(members.userId, waitlist.userId)))
    .where(and(eq(waitlist.eventId, eventId), sql`${waitlist.position} > ${after}`))
    .orderBy(asc(waitlist.position))
    .limit(limit);
  return rows.map(({ person, since, position, memberRole }) => ({
    item: { user: toPerson(person, memberRole), waitingSince: since.toISOString() },
    position,
  }));
}

export async function listMembers(
  db: Database,
  eventId: string,
  limit: number,
  after: After | null,
): Promise<Placed<Member>[]> {
  const rows = await db
    .select()
    .from(members)
    .where(and(eq(members.eventId, eventId), behind(members.createdAt, members.userId, after)))
    .orderBy(asc(members.createdAt), asc(members.userId))
    .limit(limit);
  return rows.map(({ userId, role, createdAt }) => ({
    item: { eventId, userId, role },
    at: createdAt,
    userId,
  }));
}

export async function listBans(
  db: Database,
  eventId: string,
  limit: number,
  after: After | null,
): Promise<Placed<Ban>[]> {
  const rows = await db
    .select()
    .from(bans)
    .where(and(eq(bans.eventId, eventId), behind(bans.createdAt, bans.userId, after)))
    .orderBy(asc(bans.createdAt), asc(bans.userId))
    .limit(limit);
  return rows.map((row) => ({ item: toBan(row), at: row.createdAt, userId: row.userId }));
}

export function toBan({ eventId, userId, bannedBy, createdAt }: typeof bans.$inferSelect): Ban {
  return { eventId, userId, bannedBy, createdAt: createdAt.toISOString() };
}

function behind(time: SQL | SQL.Aliased | unknown, id: unknown, after: After | null): SQL | undefined {
  return after === null
    ? undefined
    : sql`(${time}, ${id}) > (${after.at.toISOString()}::timestamptz, ${after.id})`;
}
