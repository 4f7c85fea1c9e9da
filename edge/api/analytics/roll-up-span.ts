/** Rolls a span of the raw log up: the same however often, and the same in pieces as at once. */
import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { hourTables, minuteTables, viewerTables } from "./roll-up-figures.ts";
import { among, instant, logTables, type RollUpSpan, type RollUpSubject, scopeNames } from "./roll-up-log.ts";

/**
 * Writes the minutes of the span, and with `hours`, for which it must be of whole hours, these too and each viewer's;
 * takes away what is no longer so. One statement, so that all is of one moment. Only for spans whose raw log is there.
 */
export async function rollUpSpan(
  tx: Database,
  subject: RollUpSubject,
  span: RollUpSpan,
  { beatSeconds, hours }: { beatSeconds: number; hours: boolean },
): Promise<void> {
  const scopes = [subject.eventId ?? [], subject.sessionIds, subject.streamIds].flat();
  const within = sql`scope_id ${among(scopes)}`;
  await tx.execute(sql`
    with ${logTables(subject, span, beatSeconds)}, ${viewerTables(subject, span)}, ${minuteTables(subject, span)}, ${scopeNames(subject)},
    ${hours ? hourTables(subject, span) : sql`rolled as (select 'minute' as span, minutes.* from minutes)`},
    gone as (
      delete from watch_roll_ups as kept
      where ${within} and at >= ${instant(span.from)} and at < ${instant(span.to)}
        and span in ('minute', ${hours ? "hour" : "minute"})
        and not exists (select from rolled join scope_names using (scope) where id = kept.scope_id
          and rolled.span = kept.span and to_timestamp(rolled.minute * 60.0) = kept.at)
    )${hours ? sql`, ${viewerHoursWritten(within, span)}` : sql``}
    insert into watch_roll_ups as kept
      (scope_id, span, at, viewers, peak_viewers, watched_seconds, stalls, stall_seconds, errors, renditions)
    select id, span, to_timestamp(minute * 60.0), viewers, peak, watched, stalls, stall_seconds, errors, renditions
    from rolled join scope_names using (scope) order by 1, 2, 3
    on conflict (scope_id, span, at) do update set viewers = excluded.viewers, peak_viewers = excluded.peak_viewers,
      watched_seconds = excluded.watched_seconds, stalls = excluded.stalls, stall_seconds = excluded.stall_seconds,
      errors = excluded.errors, renditions = excluded.renditions`);
}

function viewerHoursWritten(within: SQL, span: RollUpSpan): SQL {
  return sql`
    viewers_gone as (
      delete from viewer_hours as kept
      where ${within} and hour >= ${instant(span.from)} and hour < ${instant(span.to)}
        and not exists (select from viewer_hours_now as now join scope_names using (scope) where id = kept.scope_id
          and now.viewer = hashtextextended(kept.viewer_id, 0) and to_timestamp(now.hour * 3600.0) = kept.hour)
    ), viewers_written as (
      insert into viewer_hours as kept (scope_id, viewer_id, hour, first_at, last_at, watched_seconds, stalls,
        stall_seconds, errors, latency_seconds, renditions)
      select id, viewer_id, to_timestamp(hour * 3600.0), to_timestamp(first_at), to_timestamp(last_at), watched,
        stalls, stall_seconds, errors, latency, renditions
      from viewer_hours_now join scope_names using (scope) join viewer_names using (viewer) order by 1, 2, 3
      on conflict (scope_id, viewer_id, hour) do update set first_at = excluded.first_at, last_at = excluded.last_at,
        watched_seconds = excluded.watched_seconds, stalls = excluded.stalls, stall_seconds = excluded.stall_seconds,
        errors = excluded.errors, latency_seconds = excluded.latency_seconds, renditions = excluded.renditions
      -- In an hour that goes on, most of those who left are as they were.
      where (kept.last_at, kept.watched_seconds, kept.stalls, kept.errors, kept.first_at)
        is distinct from (excluded.last_at, excluded.watched_seconds, excluded.stalls, excluded.errors, excluded.first_at)
        or kept.renditions <> excluded.renditions
    )`;
}
