/** The lists of a person's data that no other part of the API has: all rows, as the file shows them, in pages. */
import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { keysetPages } from "../keyset-pages.ts";
import { type ActivityReader, isAboutPerson } from "./activity-rows.ts";

interface PlacedRow extends Record<string, unknown> {
  place: string;
  row: Record<string, unknown>;
}

/**
 * Rows of `from` as JSON objects of `columns`, in the order of `place`, a text that is unique. Each kind of row has
 * an index by person, and a person has few enough to sort.
 */
async function* rowsOf(db: Database, place: SQL, columns: SQL, from: SQL) {
  const pages = keysetPages<PlacedRow>(async (after, limit) =>
    db.execute<PlacedRow>(sql`
      select ${place} as place, ${columns} as row from ${from}
      ${after === null ? sql`` : sql`and ${place} > ${after.place}`}
      order by ${place} limit ${limit}`),
  );
  for await (const page of pages) yield page.map(({ row }) => row);
}

const time = (column: string): SQL =>
  sql.raw(`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`);

/** Each login with its device; tokens and hashes are nowhere. */
export const loginsOf = (db: Database, userId: string) =>
  rowsOf(
    db,
    sql`login.id`,
    sql`json_build_object('deviceName', login.device_name, 'userAgent', login.user_agent, 'ip', login.ip,
      'createdAt', ${time("login.created_at")}, 'lastSeenAt', ${time("login.last_seen_at")},
      'expiresAt', ${time("login.expires_at")}, 'endedAt', ${time("login.revoked_at")})`,
    sql`logins login where login.user_id = ${userId}`,
  );

/** Events with what the person is to them. */
export const eventsOf = (db: Database, userId: string) =>
  rowsOf(
    db,
    sql`event.id`,
    sql`json_build_object('id', event.id, 'title', event.title, 'joinedAt', ${time("seat.joined_at")},
      'role', member.role, 'waitingSince', ${time("waiting.created_at")}, 'bannedAt', ${time("ban.created_at")},
      'speaksIn', (select coalesce(json_agg(session.title order by session.title), '[]')
        from session_speakers speaker join sessions session on session.id = speaker.session_id
        where speaker.user_id = ${userId} and session.event_id = event.id))`,
    sql`events event
      left join attendees seat on seat.event_id = event.id and seat.user_id = ${userId}
      left join members member on member.event_id = event.id and member.user_id = ${userId}
      left join waitlist waiting on waiting.event_id = event.id and waiting.user_id = ${userId}
      left join bans ban on ban.event_id = event.id and ban.user_id = ${userId}
      where event.id in (
        select event_id from attendees where user_id = ${userId}
        union select event_id from members where user_id = ${userId}
        union select event_id from waitlist where user_id = ${userId}
        union select event_id from bans where user_id = ${userId}
        union select session.event_id from session_speakers speaker
          join sessions session on session.id = speaker.session_id where speaker.user_id = ${userId})`,
  );

/** What was watched of events, sessions and streams, by the hour. */
export const watchingHours = (db: Database, userId: string) =>
  rowsOf(
    db,
    sql`${time("hour.hour")} || hour.scope_id`,
    sql`json_build_object('of', hour.scope_id, 'hour', ${time("hour.hour")},
      'firstSeenAt', ${time("hour.first_at")}, 'lastSeenAt', ${time("hour.last_at")},
      'watchSeconds', hour.watched_seconds, 'stalls', hour.stalls, 'stallSeconds', hour.stall_seconds,
      'errors', hour.errors, 'latencySeconds', hour.latency_seconds, 'renditionSeconds', hour.renditions)`,
    sql`viewer_hours hour where hour.viewer_id = ${userId}`,
  );

/** Each time a player was opened. */
export const playsOf = (db: Database, userId: string) =>
  rowsOf(
    db,
    sql`${time("play.first_at")} || play.stream_id || play.play_id`,
    sql`json_build_object('streamId', play.stream_id, 'sessionId', play.session_id, 'device', play.device,
      'browser', play.browser, 'firstAt', ${time("play.first_at")}, 'joinSeconds', play.join_ms / 1000.0)`,
    sql`plays play where play.viewer_id = ${userId}`,
  );

/** What the person did as staff, and what was done about them. */
export const auditEntries = (db: Database, reader: Pick<ActivityReader, "userId" | "isSelf">) =>
  rowsOf(
    db,
    sql`${time("entry.at")} || entry.id`,
    sql`json_build_object('at', ${time("entry.at")}, 'action', entry.action,
      'by', case when entry.actor_id = ${reader.userId} then 'the person' else 'staff' end,
      'subject', json_build_object('kind', entry.subject_kind, 'id', entry.subject_id),
      'eventId', entry.event_id, 'detail', entry.detail)`,
    sql`audit_log entry where (entry.actor_id = ${reader.userId} or ${isAboutPerson(reader)})`,
  );
