import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { Activity } from "../../protocol/user-activity.ts";
import { type ActivityReader, deedsOf } from "./activity-rows.ts";

interface ActivityRow extends Record<string, unknown> {
  id: string;
  /** In milliseconds. */
  at: number;
  kind: Activity["kind"];
  event_id: string | null;
  event_title: string | null;
  session_id: string | null;
  session_title: string | null;
  detail: Record<string, unknown>;
}

export interface ActivityPage {
  /** The last one of the page before. */
  after: { at: Date; id: string } | null;
  limit: number;
}

/** What somebody did, the newest first: one statement, in which each kind of deed finds its newest by an index. */
export async function listActivity(
  db: Database,
  reader: ActivityReader,
  page: ActivityPage,
): Promise<Activity[]> {
  const parts = deedsOf(reader).map((deeds) => newestOf(deeds, reader.eventId, page));
  const rows = await db.execute<ActivityRow>(sql`
    select deed.id, deed.kind, deed.detail, (extract(epoch from deed.at) * 1000)::float8 as at,
           event.id as event_id, event.title as event_title,
           session.id as session_id, session.title as session_title
    from (${sql.join(parts, sql` union all `)}) deed
    left join sessions session on session.id = deed.session_id
    left join events event on event.id = coalesce(deed.event_id, session.event_id)
    order by deed.at desc, deed.id desc limit ${page.limit}`);
  return rows.map(toActivity);
}

function newestOf(
  deeds: ReturnType<typeof deedsOf>[number],
  eventId: string | null,
  page: ActivityPage,
): SQL {
  const { after, limit } = page;
  const id = sql`${sql.raw(`'${deeds.kind}-'`)} || ${deeds.id}`;
  const nothing = sql`null::text`;
  const before = after?.at.toISOString();
  return sql`(
    select ${id} as id, ${deeds.at} as at, ${sql.raw(`'${deeds.kind}'`)} as kind,
           ${deeds.eventId ?? nothing} as event_id, ${deeds.sessionId ?? nothing} as session_id, ${deeds.detail} as detail
    from ${deeds.from}
    ${after === null ? sql`` : sql`and ${deeds.at} <= ${before}::timestamptz and (${deeds.at}, ${id}) < (${before}::timestamptz, ${after.id})`}
    ${eventId === null ? sql`` : sql`and ${isInEvent(deeds, eventId)}`}
    order by ${deeds.at} desc, ${id} desc limit ${limit})`;
}

function isInEvent({ eventId, sessionId }: ReturnType<typeof deedsOf>[number], wanted: string): SQL {
  const ways = [
    ...(eventId ? [sql`${eventId} = ${wanted}`] : []),
    ...(sessionId ? [sql`${sessionId} in (select id from sessions where event_id = ${wanted})`] : []),
  ];
  return ways.length === 0 ? sql`false` : sql`(${sql.join(ways, sql` or `)})`;
}

function toActivity(row: ActivityRow): Activity {
  const { id, kind, detail } = row;
  return {
    kind,
    id,
    at: new Date(row.at).toISOString(),
    event: placeOf(row.event_id, row.event_title),
    session: placeOf(row.session_id, row.session_title),
    ...detail,
    ...(typeof detail.lastSeenAt === "number"
      ? { lastSeenAt: new Date(detail.lastSeenAt).toISOString() }
      : {}),
  } as Activity;
}

function placeOf(id: string | null, title: string | null): { id: string; title: string } | null {
  return id === null || title === null ? null : { id, title };
}
