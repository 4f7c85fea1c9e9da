/** An import's reads and writes: one statement for a whole batch each. */
import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { lockSeats, seatWaiting } from "../events/seats.ts";
import type { KnownUser, PlannedRow } from "./import-plan.ts";

/** The accounts that have these emails, by email, and what they are to the event. */
export async function readKnownUsers(
  db: Database,
  emails: readonly string[],
  eventId: string | null,
): Promise<Map<string, KnownUser>> {
  const rows = await db.execute<KnownUser & Record<string, unknown>>(sql`
    select users.id, users.email, users.name, users.role,
      attendees.user_id is not null as joined, members.role as "memberRole", bans.user_id is not null as banned
    from users
    left join attendees on attendees.event_id = ${eventId}::text and attendees.user_id = users.id
    left join members on members.event_id = ${eventId}::text and members.user_id = users.id
    left join bans on bans.event_id = ${eventId}::text and bans.user_id = users.id
    where users.email in (select jsonb_array_elements_text(${JSON.stringify(emails)}::jsonb))`);
  return new Map(rows.map((row) => [row.email, row]));
}

export interface ImportedEvent {
  isOver: boolean;
  /** Null: no limit. */
  freeSeats: number | null;
}

/** Null when there is no such event. */
export async function readImportedEvent(db: Database, eventId: string): Promise<ImportedEvent | null> {
  const [row] = await db.execute<{ isOver: boolean; freeSeats: number | null }>(sql`
    select status in ('ended', 'cancelled') as "isOver",
      case when max_attendees is not null then greatest(max_attendees - attendee_count, 0) end as "freeSeats"
    from events where id = ${eventId}`);
  return row ? { isOver: row.isOver, freeSeats: row.freeSeats } : null;
}

/** As `readImportedEvent`, with its seats held until the transaction ends; who waits for one is seated first. */
export async function lockImportedEvent(db: Database, eventId: string, now: Date) {
  if (!(await lockSeats(db, eventId))) return null;
  await seatWaiting(db, eventId, now);
  return readImportedEvent(db, eventId);
}

/**
 * Creates the planned accounts, without passwords. Answers the ids of those that were created: where somebody
 * registered the email a moment ago, there is none.
 */
export async function createUsers(
  db: Database,
  rows: readonly PlannedRow[],
  now: Date,
): Promise<Set<string>> {
  const wanted = rows.flatMap(({ userId, create }) => (create ? [{ id: userId, ...create }] : []));
  if (wanted.length === 0) return new Set();
  const created = await db.execute<{ id: string }>(sql`
    insert into users (id, email, name, role, created_at)
    select id, email, name, role, ${now.toISOString()}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) as wanted(id text, email text, name text, role text)
    -- Two imports of the same people must not wait for each other.
    order by email
    on conflict (email) do nothing
    returning id`);
  return new Set(created.map(({ id }) => id));
}

export async function changeUsers(db: Database, rows: readonly PlannedRow[]): Promise<void> {
  const changes = rows.flatMap(({ userId, change }) => (change ? [{ id: userId, ...change }] : []));
  if (changes.length === 0) return;
  // In one order, so that two imports of the same people do not wait for each other.
  await db.execute(sql`
    select 1 from users
    where id in (select jsonb_array_elements_text(${JSON.stringify(changes.map(({ id }) => id))}::jsonb))
    order by id for no key update`);
  await db.execute(sql`
    update users set name = changes.name, role = changes.role
    from jsonb_to_recordset(${JSON.stringify(changes)}::jsonb) as changes(id text, name text, role text)
    where users.id = changes.id and users.deleted_at is null
      -- Whoever became an admin meanwhile stays one.
      and (users.role <> 'admin' or changes.role = 'admin')`);
}

export async function seatUsers(
  db: Database,
  eventId: string,
  rows: readonly PlannedRow[],
  now: Date,
): Promise<void> {
  const ids = rows.flatMap(({ userId, join }) => (join && userId ? [userId] : []));
  if (ids.length === 0) return;
  await db.execute(sql`
    with seated as (
      insert into attendees (event_id, user_id, joined_at)
      select ${eventId}, user_id, ${now.toISOString()}::timestamptz
      from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb) as wanted(user_id)
      on conflict do nothing
      returning user_id
    )
    delete from waitlist using seated
    where waitlist.event_id = ${eventId} and waitlist.user_id = seated.user_id`);
}

export async function giveMemberRoles(
  db: Database,
  eventId: string,
  rows: readonly PlannedRow[],
): Promise<void> {
  const roles = rows.flatMap(({ userId, memberRole }) =>
    memberRole ? [{ id: userId, role: memberRole }] : [],
  );
  if (roles.length === 0) return;
  await db.execute(sql`
    insert into members (event_id, user_id, role)
    select ${eventId}, id, role
    from jsonb_to_recordset(${JSON.stringify(roles)}::jsonb) as given(id text, role text)
    on conflict (event_id, user_id) do update set role = excluded.role`);
}

/** Invitations wait in the queue of mails. */
export async function queueInvitations(
  db: Database,
  userIds: readonly string[],
  eventId: string | null,
): Promise<void> {
  if (userIds.length === 0) return;
  await db.execute(sql`
    insert into mails_due (user_id, kind, event_id)
    select user_id, 'invitation', ${eventId}::text
    from jsonb_array_elements_text(${JSON.stringify(userIds)}::jsonb) as invited(user_id)
    on conflict do nothing`);
}
