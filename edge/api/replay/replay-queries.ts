import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { ReplayItem } from "../../protocol/engagement.ts";
import { mediaSecondsAt } from "./media-clock.ts";

/**
 * When the session's last broadcast began, in milliseconds; null before the first. Also of a stream that is bound to
 * another session by now, waits for its next picture, or was bound to this one while it was live.
 */
export async function readBroadcastStart(db: Database, sessionId: string): Promise<number | null> {
  const [row] = await db.execute<{ at: number | null }>(sql`
    select (extract(epoch from greatest(
      (select max(started_at) from broadcasts where session_id = ${sessionId}),
      (select started_at from streams where session_id = ${sessionId})
    )) * 1000)::float8 as at`);
  return row?.at ?? null;
}

export interface ReplaySpan {
  /** Milliseconds; `from` belongs to it, `to` does not. Null: without an end on that side. */
  from: number | null;
  to: number | null;
  /** Only what is behind this seq. */
  after: number;
}

/**
 * The part of the log that everyone may see now, in order: without what was deleted, cleared or archived since, what
 * waits for a moderator, and what only some were told.
 */
export async function readReplay(
  db: Database,
  sessionId: string,
  { from, to, after }: ReplaySpan,
  startedAt: number | null,
  limit: number,
): Promise<ReplayItem[]> {
  const begins = from === null ? after : Math.max(after, await seqBefore(db, sessionId, from));
  const instant = (at: number) => sql`${new Date(at).toISOString()}::timestamptz`;
  const rows = await db.execute<{ seq: string; type: string; at: number; data: unknown }>(sql`
    select event.seq, event.type, (extract(epoch from event.at) * 1000)::float8 as at, event.data
    from session_events event
    where event.session_id = ${sessionId} and event.seq > ${begins}::bigint and event.audience_kind = 'all'
      ${from === null ? sql`` : sql`and event.at >= ${instant(from)}`}
      ${to === null ? sql`` : sql`and event.at < ${instant(to)}`}
      and case
        when event.type in ('chat:message', 'chat:pinned') then exists (
          select from chat_messages message
          where message.id = coalesce(event.data ->> 'messageId', event.data ->> 'id')
            and message.deleted_at is null and message.state = 'visible')
        when event.type in ('question:new', 'question:updated') then exists (
          select from questions question
          where question.id = event.data ->> 'id' and question.status in ('visible', 'answered'))
        when event.type in ('poll:new', 'poll:updated') then exists (
          select from polls poll where poll.id = event.data ->> 'id' and poll.status in ('open', 'closed'))
        -- What was deleted is not here, so that there is nothing to say of its deletion.
        else false
      end
    order by event.seq limit ${limit}`);
  return rows.map(({ seq, type, at, data }) => ({
    seq: Number(seq),
    type,
    at: new Date(at).toISOString(),
    mediaSeconds: mediaSecondsAt(at, startedAt),
    data,
  }));
}

/** The last seq before an instant. Times rise with seq, which has no holes, so halving finds it without an index. */
async function seqBefore(db: Database, sessionId: string, at: number): Promise<number> {
  const instant = new Date(at).toISOString();
  const [row] = await db.execute<{ seq: string }>(sql`
    with recursive search as (
      select 0::bigint as low, (select head from session_logs where session_id = ${sessionId}) as high
      union all
      select case when event.at < ${instant}::timestamptz then event.seq else low end,
             case when event.at < ${instant}::timestamptz then high else event.seq - 1 end
      from search join session_events event
        on event.session_id = ${sessionId} and event.seq = (search.low + search.high + 1) / 2
      where search.low < search.high
    )
    select max(low) as seq from search`);
  return Number(row!.seq);
}
