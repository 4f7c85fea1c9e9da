import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { Role } from "../../protocol/accounts.ts";
import type { EventStanding } from "../events/event-access.ts";

/** What each of these users is to one event, in one query. A user who is missing no longer exists. */
export async function readStandings(
  db: Database,
  eventId: string,
  userIds: readonly string[],
): Promise<Map<string, EventStanding>> {
  if (userIds.length === 0) return new Map();
  const rows = await db.execute<{
    id: string;
    role: Role;
    member_role: EventStanding["memberRole"];
    joined: boolean;
    banned: boolean;
  }>(sql`
    select person.id, person.role, member.role as member_role,
           attendee.user_id is not null as joined, ban.user_id is not null as banned
    from json_array_elements_text(${JSON.stringify([...new Set(userIds)])}::json) as wanted(id)
    join users person on person.id = wanted.id
    left join members member on member.event_id = ${eventId} and member.user_id = person.id
    left join attendees attendee on attendee.event_id = ${eventId} and attendee.user_id = person.id
    left join bans ban on ban.event_id = ${eventId} and ban.user_id = person.id`);
  return new Map(
    rows.map((row) => [
      row.id,
      { globalRole: row.role, memberRole: row.member_role, joined: row.joined, banned: row.banned },
    ]),
  );
}
