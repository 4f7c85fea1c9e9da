/** The sessions of an event as reports see them: when they ran. */
import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { SessionStatus } from "../../protocol/events.ts";
import { instant, milliseconds } from "./report-rows.ts";
import { type Span, spanOfSession } from "./report-spans.ts";

export interface ReportSession {
  id: string;
  title: string;
  /** Null before it began. */
  span: Span | null;
}

/** Those of an event, or one alone, in the order in which they began, or are planned to. */
export async function readReportSessions(
  db: Database,
  which: { eventId: string } | { sessionId: string },
  now: Date,
): Promise<ReportSession[]> {
  const wanted =
    "eventId" in which ? sql`session.event_id = ${which.eventId}` : sql`session.id = ${which.sessionId}`;
  const rows = await db.execute<SessionRow>(sql`
    select session.id, session.title, session.status, ${milliseconds(sql`session.starts_at`)} as starts_at,
           ${milliseconds(sql`session.ends_at`)} as ends_at, ${milliseconds(sql`broadcast.first_at`)} as first_at,
           ${milliseconds(sql`broadcast.ended_at`)} as ended_at,
           exists (select from streams where streams.session_id = session.id
                   and streams.status in ('live', 'reconnecting')) as on_air,
           ${milliseconds(sql`sign.first_at`)} as first_seen_at, ${milliseconds(sql`sign.last_at`)} as last_seen_at
    from sessions session
    left join lateral (
      select min(started_at) as first_at, max(ended_at) as ended_at, bool_and(ended_at is not null) as all_ended
      from broadcasts where session_id = session.id
    ) broadcast on true
    left join lateral (
      select min(first_at) as first_at, max(last_at) as last_at from viewer_hours
      -- Broadcasts that have all ended tell the length; nobody's signs need be read.
      where scope_id = session.id and broadcast.all_ended is not true
    ) sign on true
    where ${wanted}
    order by coalesce(broadcast.first_at, session.starts_at, session.created_at), session.created_at, session.id`);
  return rows.map((row) => ({
    id: row.id,
    title: row.title,
    span: spanOfSession(
      {
        status: row.status,
        startsAt: instant(row.starts_at),
        endsAt: instant(row.ends_at),
        firstBroadcastAt: instant(row.first_at),
        lastBroadcastEndedAt: instant(row.ended_at),
        onAir: row.on_air,
        firstSeenAt: instant(row.first_seen_at),
        lastSeenAt: instant(row.last_seen_at),
      },
      now,
    ),
  }));
}

interface SessionRow extends Record<string, unknown> {
  id: string;
  title: string;
  status: SessionStatus;
  starts_at: number | null;
  ends_at: number | null;
  first_at: number | null;
  ended_at: number | null;
  on_air: boolean;
  first_seen_at: number | null;
  last_seen_at: number | null;
}
