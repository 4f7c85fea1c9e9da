/** Up to when what was written is rolled up: what waits, and what a pass may say it has done. */
import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { among, type RollUpSpan, type RollUpSubject } from "./roll-up-log.ts";

/** An event with all its sessions, or a stream that has none. */
export type RollUpUnit = { eventId: string } | { streamId: string };

export function idOf(unit: RollUpUnit): string {
  return "eventId" in unit ? unit.eventId : unit.streamId;
}

/** Times in milliseconds since 1970; never rolled up is minus infinity. */
export interface RollUpMark {
  subjectId: string;
  seenAt: number;
  rolledUpAt: number;
}

/** Under this name stands how far the raw log has been forgotten. */
const rawLogSubject = "raw-log";
const milliseconds = (column: string) => sql.raw(`date_part('epoch', ${column}) * 1000`);

/** The units that have news, those that wait longest first. */
export async function readWaitingUnits(db: Database, most: number): Promise<RollUpUnit[]> {
  const rows = await db.execute<{ event_id: string | null; stream_id: string | null }>(sql`
    select session.event_id, case when session.id is null then mark.subject_id end as stream_id
    from roll_up_marks as mark left join sessions as session on session.id = mark.subject_id
    where mark.rolled_up_at < mark.seen_at
    group by 1, 2 order by min(mark.rolled_up_at) limit ${most}`);
  return rows.map(({ event_id, stream_id }) =>
    event_id === null ? { streamId: stream_id! } : { eventId: event_id },
  );
}

/** The marks of a unit that have news. */
export async function readWaitingMarks(db: Database, unit: RollUpUnit): Promise<RollUpMark[]> {
  const subjects =
    "eventId" in unit
      ? sql`in (select id from sessions where event_id = ${unit.eventId})`
      : sql`= ${unit.streamId}`;
  const rows = await db.execute<{ subject_id: string; seen_at: number; rolled_up_at: number }>(sql`
    select subject_id, ${milliseconds("seen_at")} as seen_at, ${milliseconds("rolled_up_at")} as rolled_up_at
    from roll_up_marks where subject_id ${subjects} and rolled_up_at < seen_at`);
  return rows.map(({ subject_id, seen_at, rolled_up_at }) => ({
    subjectId: subject_id,
    seenAt: seen_at,
    rolledUpAt: rolled_up_at,
  }));
}

/**
 * Says that all that the marks had seen before `until` is rolled up. A mark that was put back meanwhile, because
 * something came late, stays where it is.
 */
export async function moveMarks(db: Database, marks: readonly RollUpMark[], until: Date): Promise<void> {
  const moved = marks.map(({ subjectId, seenAt, rolledUpAt }) => ({
    id: subjectId,
    before: rolledUpAt === Number.NEGATIVE_INFINITY ? "-infinity" : new Date(rolledUpAt),
    after: new Date(Math.max(rolledUpAt, Math.min(seenAt, until.getTime()))),
  }));
  await db.execute(sql`
    update roll_up_marks as mark set rolled_up_at = moved.after
    from json_to_recordset(${JSON.stringify(moved)}::json) as moved(id text, before timestamptz, after timestamptz)
    where mark.subject_id = moved.id and mark.rolled_up_at = moved.before`);
}

/** What a unit is made of now: its sessions that have anything between two instants, and their streams. */
export async function readSubject(
  db: Database,
  unit: RollUpUnit,
  { from, to }: { from: Date; to: Date },
): Promise<RollUpSubject> {
  if ("streamId" in unit) return { eventId: null, sessionIds: [], streamIds: [unit.streamId] };
  const within = sql`minute >= ${from.toISOString()}::timestamptz and minute < ${to.toISOString()}::timestamptz`;
  const sessions = await db.execute<{ id: string }>(sql`
    select id from sessions where event_id = ${unit.eventId} and (
      exists (select from play_minutes where session_id = sessions.id and ${within})
      or exists (select from presence_minutes where session_id = sessions.id and ${within}))
    order by id`);
  const sessionIds = sessions.map(({ id }) => id);
  if (sessionIds.length === 0) return { eventId: unit.eventId, sessionIds, streamIds: [] };
  const streams = await db.execute<{ id: string }>(sql`
    select id from streams where session_id ${among(sessionIds)}
    union select stream_id from broadcasts where session_id ${among(sessionIds)}
      and stream_id in (select id from streams)
    union select stream_id from plays where session_id ${among(sessionIds)}
    order by 1`);
  return { eventId: unit.eventId, sessionIds, streamIds: streams.map(({ id }) => id) };
}

/** Before this instant the raw log may be gone, and what is rolled up of it is all there is. */
export async function readForgottenUntil(db: Database): Promise<number> {
  const [row] = await db.execute<{ at: number }>(
    sql`select ${milliseconds("seen_at")} as at from roll_up_marks where subject_id = ${rawLogSubject}`,
  );
  return row?.at ?? Number.NEGATIVE_INFINITY;
}

/** To be said before anything is forgotten. */
export async function sayForgotten(db: Database, until: Date): Promise<void> {
  const at = sql`${until.toISOString()}::timestamptz`;
  await db.execute(sql`
    insert into roll_up_marks as kept (subject_id, seen_at, rolled_up_at) values (${rawLogSubject}, ${at}, ${at})
    on conflict (subject_id) do update set seen_at = greatest(kept.seen_at, excluded.seen_at),
      rolled_up_at = greatest(kept.rolled_up_at, excluded.rolled_up_at)`);
}

/**
 * Since when there is news: before this instant, in milliseconds since 1970, everything that these marks have seen is
 * rolled up. What was never rolled up begins with the first that was written of it, so that a session that just opened
 * does not bring back all the days of its event. Null: there is none.
 */
export async function readNewsSince(
  db: Database,
  unit: RollUpUnit,
  marks: readonly RollUpMark[],
): Promise<number | null> {
  const isBegun = ({ rolledUpAt }: RollUpMark) => Number.isFinite(rolledUpAt);
  const never = marks.filter((mark) => !isBegun(mark)).map(({ subjectId }) => subjectId);
  const first = never.length > 0 ? await readFirstWritten(db, unit, never) : null;
  const since = marks.filter(isBegun).map(({ rolledUpAt }) => rolledUpAt);
  if (first !== null) since.push(first);
  return since.length > 0 ? Math.min(...since) : null;
}

/**
 * When the first thing was written of a unit, or of these of an event's sessions, in milliseconds since 1970; null:
 * nothing is kept.
 */
export async function readFirstWritten(
  db: Database,
  unit: RollUpUnit,
  sessionIds?: readonly string[],
): Promise<number | null> {
  const [row] = await db.execute<{ at: number | null }>(
    "streamId" in unit
      ? sql`select ${milliseconds("min(minute)")} as at from play_minutes where stream_id = ${unit.streamId}`
      : sql`
        select ${milliseconds("min(first)")} as at from sessions
        cross join lateral (values
          ((select min(minute) from play_minutes where session_id = sessions.id)),
          ((select min(minute) from presence_minutes where session_id = sessions.id))) as written(first)
        where event_id = ${unit.eventId} ${sessionIds ? sql`and id ${among(sessionIds)}` : sql``}`,
  );
  return row?.at ?? null;
}

/** When something was written of an event last, in milliseconds since 1970. */
export async function readLastSeen(db: Database, { eventId }: { eventId: string }): Promise<number | null> {
  const [row] = await db.execute<{ at: number | null }>(sql`
    select ${milliseconds("max(seen_at)")} as at from roll_up_marks
    where subject_id in (select id from sessions where event_id = ${eventId})`);
  return row?.at ?? null;
}

/** About how many viewers a span of a subject has, as its minutes tell. */
export async function readMostViewers(
  db: Database,
  { eventId, sessionIds, streamIds }: RollUpSubject,
  { from, to }: RollUpSpan,
): Promise<number> {
  const [row] = await db.execute<{ most: number | null }>(sql`
    select max(viewers) as most from watch_roll_ups
    where scope_id ${among([eventId ?? [], sessionIds, streamIds].flat())} and span = 'minute'
      and at >= ${from.toISOString()}::timestamptz and at < ${to.toISOString()}::timestamptz`);
  return row?.most ?? 0;
}
