/**
 * The figures of an event, a session or a stream a second time: by plain SQL over the whole raw log, with ranges and
 * look-ups in place of windows, by the definitions of edge/protocol/figures.ts. For comparing; it takes its time.
 */
import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../../edge/db/open-database.ts";

export interface SecondPath {
  uniqueViewers: number;
  peakViewers: number;
  watchSeconds: number;
  /** By viewer's id. */
  watchSecondsOf: Map<string, number>;
}

/** `scopeId` is an event's, a session's or a stream's. */
export async function secondPath(db: Database, scopeId: string, beatSeconds: number): Promise<SecondPath> {
  const viewers = await db.execute<{ viewer_id: string; seconds: number }>(sql`
    ${tables(scopeId, beatSeconds)}
    select viewer_id, coalesce(sum(seconds), 0)::float8 as seconds
    from (select viewer_id, seconds from minutes_of_viewers union all select viewer_id, 0 from signs) as any_sign
    group by viewer_id`);
  const [peak] = await db.execute<{ most: number }>(sql`
    ${tables(scopeId, beatSeconds)},
    there as (
      select visit.viewer_id, tstzrange(lower(visit.held), max(signs.last_at), '[]') as time
      from (
        select viewer_id, unnest(range_agg(tstzrange(first_at, last_at + hold, '[]'))) as held
        from signs group by viewer_id
      ) as visit
      join signs on signs.viewer_id = visit.viewer_id and signs.first_at <@ visit.held
      group by visit.viewer_id, visit.held
    )
    select coalesce(max(many), 0)::int as most from (
      select mark, count(distinct viewer_id) as many
      from generate_series(
        (select date_bin('10 seconds', min(first_at), 'epoch') from signs), (select max(last_at) from signs),
        interval '10 seconds') as mark
      join there on mark <@ there.time group by mark
    ) as marks`);
  return {
    uniqueViewers: viewers.length,
    peakViewers: peak?.most ?? 0,
    watchSeconds: viewers.reduce((sum, { seconds }) => sum + seconds, 0),
    watchSecondsOf: new Map(viewers.map(({ viewer_id, seconds }) => [viewer_id, seconds])),
  };
}

/** `signs` of viewers, and `minutes_of_viewers`: what each of them watched in each minute. */
function tables(scopeId: string, beatSeconds: number): SQL {
  const beat = sql`make_interval(secs => ${beatSeconds})`;
  const samePlay = (one: string, other: string) =>
    sql.raw(
      ["stream_id", "viewer_id", "play_id"].map((key) => `${one}.${key} = ${other}.${key}`).join(" and "),
    );
  return sql`
    with ours as (select id from sessions where event_id = ${scopeId} or id = ${scopeId}),
    beats as (
      select * from play_minutes as beat
      where (session_id in (select id from ours) or stream_id = ${scopeId})
        -- What was overtaken by a newer beat counts for nothing.
        and not exists (select from play_minutes as newer
          where ${samePlay("newer", "beat")} and newer.minute < beat.minute and newer.beat >= beat.beat)
    ), told as (
      select beats.*, before.last_at as before_at, coalesce(before.ended, false) as began_anew,
        beats.played_seconds - coalesce(before.played_seconds, 0) as more,
        case when before.last_at is not null then greatest(before.last_at, beats.last_at - interval '5 minutes')
          else greatest(plays.first_at - ${beat},
            least(plays.first_at, beats.last_at - make_interval(secs => beats.played_seconds))) end as began
      from beats
      join plays on ${samePlay("plays", "beats")}
      left join lateral (
        select * from beats as earlier where ${samePlay("earlier", "beats")} and earlier.minute < beats.minute
        order by earlier.minute desc limit 1
      ) as before on true
    ), played as (
      select *, greatest(0, least(more, extract(epoch from last_at - began)
        + case when before_at is null then 0 else ${beatSeconds}::int end)) as seconds
      from told
    ), minutes_of_sources as (
      select coalesce(session_id, stream_id) as source, viewer_id, minutes.minute, 0 as socket_seconds,
        seconds * extract(epoch from upper(shared.time) - lower(shared.time))
          / extract(epoch from last_at - began) as play_seconds
      from played
      cross join lateral generate_series(date_bin('1 minute', began, 'epoch'), last_at, interval '1 minute')
        as minutes(minute)
      cross join lateral (
        select tstzrange(began, last_at) * tstzrange(minutes.minute, minutes.minute + interval '1 minute')
      ) as shared(time)
      where seconds > 0 and not isempty(shared.time)
      union all
      select session_id, viewer_id, minute, played_seconds, 0
      from presence_minutes where via = 'socket' and session_id in (select id from ours)
    ), minutes_of_sessions as (
      select source, viewer_id, minute, least(60, greatest(sum(play_seconds), sum(socket_seconds))) as seconds
      from minutes_of_sources
      group by case when ${scopeId} like 'str%' then '' else source end, source, viewer_id, minute
    ), minutes_of_viewers as (
      select viewer_id, minute, least(60, sum(seconds)) as seconds from minutes_of_sessions group by viewer_id, minute
    ), signs as (
      select viewer_id, last_at, case when ended then interval '0' else 3 * ${beat} end as hold,
        case when before_at is not null and not began_anew
            and seconds >= extract(epoch from last_at - began) - ${3 * beatSeconds}::int
          then least(began, first_at) else first_at end as first_at
      from played
      union all
      select viewer_id, last_at, case when gone then interval '0' else interval '75 seconds' end, first_at
      from presence_minutes
      where session_id in (select id from ours) or (via = 'playlist' and stream_id = ${scopeId})
    )`;
}
