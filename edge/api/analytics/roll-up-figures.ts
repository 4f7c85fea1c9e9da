/** What a roll-up reckons from steps and visits: each viewer's minutes, and from them minutes and hours of all. */
import { type SQL, sql } from "drizzle-orm";
import { hasSeveral, type RollUpSpan, type RollUpSubject, scopesOf } from "./roll-up-log.ts";

/** Peaks are looked for this often. */
const markSeconds = 10;
const marksAMinute = 60 / markSeconds;
const minuteColumns = "minute, viewers, peak, watched, stalls, stall_seconds, errors, renditions";
const viewerHourColumns =
  "viewer, hour, first_at, last_at, watched, stalls, stall_seconds, errors, latency, renditions";

/**
 * `viewer_minutes`: what each viewer watched in each minute of each scope, on however many devices. `shown`: seconds
 * by rendition in the minute in which they were told, of each source.
 */
export function viewerTables(subject: RollUpSubject, span: RollUpSpan): SQL {
  const { first, end } = minutesOf(span);
  return sql`
    pieces as (
      select session, stream, viewer, part.minute,
        seconds * (least(last_at, (part.minute + 1) * 60) - greatest(began, part.minute * 60))
          / nullif(last_at - began, 0) as seconds,
        case when part.minute = steps.minute then stalls else 0 end as stalls,
        case when part.minute = steps.minute then stall_seconds else 0 end as stall_seconds,
        case when part.minute = steps.minute then errors else 0 end as errors,
        case when part.minute = steps.minute then latency_seconds end as latency_seconds
      from steps
      cross join lateral generate_series(
        greatest(floor(began / 60)::int, ${first}::int), least(steps.minute, ${end}::int - 1)) as part(minute)
      where counts
    ), sources as materialized (
      select session, stream, viewer, minute, coalesce(sum(seconds), 0) as seconds, sum(stalls)::int as stalls,
        sum(stall_seconds) as stall_seconds, sum(errors)::int as errors, sum(latency_seconds) as latency,
        count(latency_seconds)::int as latencies, 0::float8 as socket_seconds, 0 as socket_stalls,
        null::float8 as socket_latency
      from pieces group by session, stream, viewer, minute
      union all
      select session, null, viewer, minute, 0, 0, 0, 0, null, 0, played_seconds, stalls, latency_seconds
      from presence where via = 'socket' and counts
    ), session_viewers as (
      -- A page tells by its socket what its player tells by beats: the greater of both, never both.
      select session as scope, viewer, minute,
        least(60, greatest(sum(seconds), sum(socket_seconds))) as seconds,
        greatest(sum(stalls), sum(socket_stalls))::int as stalls, sum(stall_seconds) as stall_seconds,
        sum(errors)::int as errors,
        coalesce(sum(latency), sum(socket_latency)) as latency,
        (case when sum(latencies) > 0 then sum(latencies) else count(socket_latency) end)::int as latencies
      from sources where session is not null group by session, viewer, minute
    ), viewer_minutes as materialized (
      select * from session_viewers
      union all
      select -stream, viewer, minute, least(60, sum(seconds)), sum(stalls)::int, sum(stall_seconds),
        sum(errors)::int, sum(latency), sum(latencies)::int
      from sources where stream is not null group by stream, viewer, minute
      union all
      select 0, viewer, minute, least(60, sum(seconds)), sum(stalls)::int,
        sum(stall_seconds), sum(errors)::int, sum(latency), sum(latencies)::int
      from session_viewers where ${hasSeveral(subject)} group by viewer, minute
    ), grown as (
      select session, stream, viewer, play, minute, seconds, shown.key as name,
        greatest(shown.value::float8 - coalesce((renditions_before ->> shown.key)::float8, 0), 0) as more
      from steps cross join lateral jsonb_each_text(renditions) as shown
      where counts and adds and seconds > 0 and minute < ${end}::int
    ), shown as materialized (
      -- Never more in all than was played.
      select session, stream, viewer, minute, name,
        more * least(1, seconds / sum(more) over (partition by play, minute)) as seconds
      from grown where more > 0
    )`;
}

/** `minutes`: of each scope in which there was anybody or anything to tell. */
export function minuteTables(subject: RollUpSubject, span: RollUpSpan): SQL {
  const { first, end } = minutesOf(span);
  return sql`
    changes as (
      select scope, least(mark, ${end * marksAMinute}::int) as mark, sum(present)::int as present, sum(seen)::int as seen
      from (
        select *, ceil(first_at / ${markSeconds}::int)::int as first_mark, floor(last_at / ${markSeconds}::int)::int as last_mark,
          -- Two visits in a minute are one viewer.
          greatest(floor(first_at / 60)::int, ${first}::int, 1 + lag(floor(last_at / 60)::int)
            over (partition by scope, viewer order by first_at)) as first_minute
        from visits where last_at >= ${first}::int * 60.0 and first_at < ${end}::int * 60.0
      ) as visit
      cross join lateral (values
        (greatest(first_mark, ${first * marksAMinute}::int), 1, 0),
        (greatest(last_mark + 1, first_mark), -1, 0),
        (first_minute * ${marksAMinute}::int, 0, 1),
        (greatest(floor(last_at / 60)::int + 1, first_minute) * ${marksAMinute}::int, 0, -1)
      ) as change(mark, present, seen)
      group by 1, 2
    ), marks as (
      select scope, mark, sum(coalesce(present, 0)) over so_far as present, sum(coalesce(seen, 0)) over so_far as seen
      from (select distinct scope from changes) as scope
      cross join generate_series(${first * marksAMinute}::int, ${end * marksAMinute}::int - 1) as mark
      left join changes using (scope, mark)
      window so_far as (partition by scope order by mark)
    ), looked_at as (
      select scope, mark / ${marksAMinute}::int as minute, max(present)::int as peak, max(seen)::int as viewers
      from marks group by 1, 2
    ), sums as (
      select scope, minute, sum(seconds) as watched, sum(stalls)::int as stalls,
        sum(stall_seconds) as stall_seconds, sum(errors)::int as errors
      from viewer_minutes group by scope, minute
    ), shown_minutes as (
      select scope, minute, jsonb_object_agg(name, seconds) as renditions from (
        select scope.scope, minute, name, sum(seconds) as seconds from (
          select session, stream, minute, name, sum(seconds) as seconds
          from shown group by session, stream, minute, name
        ) as shown ${scopesOf(subject)} group by scope.scope, minute, name
      ) as shown group by scope, minute
    ), minutes_of_some as (
      select scope, minute, coalesce(viewers, 0) as viewers, coalesce(peak, 0) as peak, coalesce(watched, 0) as watched,
        coalesce(stalls, 0) as stalls, coalesce(stall_seconds, 0) as stall_seconds, coalesce(errors, 0) as errors,
        coalesce(renditions, '{}') as renditions
      from looked_at full join sums using (scope, minute) left join shown_minutes using (scope, minute)
      where viewers > 0 or watched > 0 or stalls > 0 or stall_seconds > 0 or errors > 0
    ), minutes as materialized (${withTheWhole(subject, "minutes_of_some", minuteColumns)})`;
}

/** `viewer_hours_now`: what each viewer watched in each hour. */
export function viewerHourTables(subject: RollUpSubject, span: RollUpSpan): SQL {
  const { first, end } = minutesOf(span);
  return sql`
    shown_hours as (
      select scope, viewer, hour, jsonb_object_agg(name, seconds) as renditions from (
        select scope.scope, viewer, hour, name, sum(seconds) as seconds from (
          select session, stream, viewer, minute / 60 as hour, name, sum(seconds) as seconds
          from shown group by session, stream, viewer, minute / 60, name
        ) as shown ${scopesOf(subject)} group by scope.scope, viewer, hour, name
      ) as shown group by scope, viewer, hour
    ), viewer_hours_of_some as (
      select scope, viewer, hour, coalesce(min(first_at), min(first_minute) * 60) as first_at,
        coalesce(max(last_at), (max(last_minute) + 1) * 60) as last_at, coalesce(sum(watched), 0) as watched,
        coalesce(sum(stalls), 0)::int as stalls, coalesce(sum(stall_seconds), 0) as stall_seconds,
        coalesce(sum(errors), 0)::int as errors, sum(latency) / nullif(sum(latencies), 0) as latency
      from (
        select scope, viewer, hour, greatest(first_at, hour * 3600) as first_at,
          least(last_at, (hour + 1) * 3600) as last_at, null::int as first_minute, null::int as last_minute,
          0::float8 as watched, 0 as stalls, 0::float8 as stall_seconds, 0 as errors, null::float8 as latency, 0 as latencies
        from visits
        cross join lateral generate_series(greatest(floor(first_at / 3600)::int, ${first / 60}::int),
          least(floor(last_at / 3600)::int, ${end / 60}::int - 1)) as hour
        union all
        select scope, viewer, minute / 60, null, null, min(minute), max(minute), sum(seconds), sum(stalls)::int,
          sum(stall_seconds), sum(errors)::int, sum(latency), sum(latencies)::int
        from viewer_minutes group by scope, viewer, minute / 60
        having sum(seconds) > 0 or sum(stalls) > 0 or sum(stall_seconds) > 0 or sum(errors) > 0 or sum(latencies) > 0
      ) as part group by scope, viewer, hour
    ), viewer_hours_some as (
      select scope, viewer, hour, first_at, last_at, watched, stalls, stall_seconds, errors, latency,
        coalesce(renditions, '{}') as renditions
      from viewer_hours_of_some left join shown_hours using (scope, viewer, hour)
    ), viewer_hours_now as materialized (${withTheWhole(subject, "viewer_hours_some", viewerHourColumns)})`;
}

/** With the event where one of its sessions alone has anything: `columns` are all but the scope. */
function withTheWhole(subject: RollUpSubject, rows: string, columns: string): SQL {
  const [all, rest] = [sql.raw(rows), sql.raw(columns)];
  const alone = sql`select scope, ${rest} from ${all}`;
  if (subject.eventId === null || hasSeveral(subject)) return alone;
  return sql`${alone} union all select 0, ${rest} from ${all} where scope = 1`;
}

/** Whole minutes since 1970. */
function minutesOf({ from, to }: RollUpSpan): { first: number; end: number } {
  return { first: from.getTime() / 60_000, end: to.getTime() / 60_000 };
}
