/** Rolls a span of the raw log up: the same however often, and the same in pieces as at once. */
import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { minuteTables, viewerHourTables, viewerTables } from "./roll-up-figures.ts";
import {
  among,
  inSlice,
  instant,
  logTables,
  type RollUpSpan,
  type RollUpSubject,
  scopeNames,
  type ViewerSlice,
} from "./roll-up-log.ts";

const idsOf = ({ eventId, sessionIds, streamIds }: RollUpSubject) =>
  [eventId ?? [], sessionIds, streamIds].flat();

/** Writes the minutes of the span, and takes away those of which nothing is true any more. */
export async function rollUpMinutes(
  tx: Database,
  subject: RollUpSubject,
  span: RollUpSpan,
  beatSeconds: number,
): Promise<void> {
  await tx.execute(sql`
    with ${logTables(subject, span, beatSeconds)}, ${viewerTables(subject, span)}, ${minuteTables(subject, span)},
    ${scopeNames(subject)},
    gone as (
      delete from watch_roll_ups as kept
      where scope_id ${among(idsOf(subject))} and span = 'minute'
        and at >= ${instant(span.from)} and at < ${instant(span.to)}
        and not exists (select from minutes join scope_names using (scope) where id = kept.scope_id
          and to_timestamp(minute * 60.0) = kept.at)
    )
    insert into watch_roll_ups as kept
      (scope_id, span, at, viewers, peak_viewers, watched_seconds, stalls, stall_seconds, errors, renditions)
    select id, 'minute', to_timestamp(minute * 60.0), viewers, peak, watched, stalls, stall_seconds, errors, renditions
    from minutes join scope_names using (scope) order by 1, 3
    on conflict (scope_id, span, at) do update set viewers = excluded.viewers, peak_viewers = excluded.peak_viewers,
      watched_seconds = excluded.watched_seconds, stalls = excluded.stalls, stall_seconds = excluded.stall_seconds,
      errors = excluded.errors, renditions = excluded.renditions`);
}

/** Writes what the viewers of a slice did in one hour, and takes away who was not there. */
export async function rollUpViewers(
  tx: Database,
  subject: RollUpSubject,
  hour: RollUpSpan,
  slice: ViewerSlice,
  beatSeconds: number,
): Promise<void> {
  await tx.execute(sql`
    with ${logTables(subject, hour, beatSeconds, slice)}, ${viewerTables(subject, hour)},
    ${viewerHourTables(subject, hour)}, ${scopeNames(subject)},
    gone as (
      delete from viewer_hours as kept
      where scope_id ${among(idsOf(subject))} and hour = ${instant(hour.from)} and ${inSlice(slice)}
        and not exists (select from viewer_hours_now as now join scope_names using (scope)
          where id = kept.scope_id and now.viewer = hashtextextended(kept.viewer_id, 0))
    )
    insert into viewer_hours as kept (scope_id, viewer_id, hour, first_at, last_at, watched_seconds, stalls,
      stall_seconds, errors, latency_seconds, renditions)
    select id, viewer_id, ${instant(hour.from)}, to_timestamp(first_at), to_timestamp(last_at), watched,
      stalls, stall_seconds, errors, latency, renditions
    from viewer_hours_now join scope_names using (scope) join viewer_names using (viewer) order by 1, 2
    on conflict (scope_id, viewer_id, hour) do update set first_at = excluded.first_at, last_at = excluded.last_at,
      watched_seconds = excluded.watched_seconds, stalls = excluded.stalls, stall_seconds = excluded.stall_seconds,
      errors = excluded.errors, latency_seconds = excluded.latency_seconds, renditions = excluded.renditions
    -- Many of an hour that goes on have left, and are as they were.
    where (kept.first_at, kept.last_at, kept.watched_seconds, kept.stalls, kept.stall_seconds, kept.errors,
        kept.latency_seconds, kept.renditions)
      is distinct from (excluded.first_at, excluded.last_at, excluded.watched_seconds, excluded.stalls,
        excluded.stall_seconds, excluded.errors, excluded.latency_seconds, excluded.renditions)`);
}

/** Writes an hour from its minutes and its viewers' hours. */
export async function rollUpHour(
  tx: Database,
  subject: RollUpSubject,
  { from, to }: RollUpSpan,
): Promise<void> {
  await tx.execute(sql`
    with minutes as materialized (
      select * from watch_roll_ups where scope_id ${among(idsOf(subject))} and span = 'minute'
        and at >= ${instant(from)} and at < ${instant(to)}
    ), shown as (
      select scope_id, jsonb_object_agg(name, seconds) as renditions from (
        select scope_id, key as name, sum(value::float8) as seconds
        from minutes cross join lateral jsonb_each_text(renditions) group by scope_id, key
      ) as shown group by scope_id
    ), gone as (
      delete from watch_roll_ups where scope_id ${among(idsOf(subject))} and span = 'hour' and at = ${instant(from)}
        and scope_id not in (select scope_id from minutes)
    )
    insert into watch_roll_ups as kept
      (scope_id, span, at, viewers, peak_viewers, watched_seconds, stalls, stall_seconds, errors, renditions)
    select scope_id, 'hour', ${instant(from)},
      (select count(*)::int from viewer_hours as seen where seen.scope_id = minutes.scope_id and hour = ${instant(from)}),
      max(peak_viewers), sum(watched_seconds), sum(stalls)::int, sum(stall_seconds), sum(errors)::int,
      coalesce((select renditions from shown where shown.scope_id = minutes.scope_id), '{}')
    from minutes group by scope_id order by 1
    on conflict (scope_id, span, at) do update set viewers = excluded.viewers, peak_viewers = excluded.peak_viewers,
      watched_seconds = excluded.watched_seconds, stalls = excluded.stalls, stall_seconds = excluded.stall_seconds,
      errors = excluded.errors, renditions = excluded.renditions`);
}
