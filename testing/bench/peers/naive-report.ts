/**
 * What a capable person would write first over one row a beat (naive-beats.ts): plain SQL for the figures of watching
 * alone, by streams and in all, over the very beats that Rostrum's raw log was made from.
 */
import type postgres from "postgres";
import type { WatchingScene } from "../watching-scene.ts";

export interface NaiveReport {
  uniqueViewers: number;
  peakViewers: number;
  watchSeconds: number;
}

/** A beat every 15 s for each that the scene's raw log stands for, with the indices that a report needs. */
export async function createNaiveBeats(sql: postgres.Sql, { streamIds }: WatchingScene): Promise<void> {
  await sql`
    create table if not exists naive_beats (
      id bigserial primary key, stream_id text not null, viewer_id text not null, play_id text not null,
      at timestamptz not null default now(), beat int not null, playing bool not null, ended bool not null,
      played_seconds float8 not null, stalls int not null, stall_seconds float8 not null, errors int not null,
      latency_seconds float8, renditions jsonb not null)`;
  await sql`
    insert into naive_beats (stream_id, viewer_id, play_id, at, beat, playing, ended, played_seconds, stalls,
                             stall_seconds, errors, latency_seconds, renditions)
    select stream_id, viewer_id, play_id, at, beat - 3 + number, playing, ended and number = 3,
           greatest(0, played_seconds - (3 - number) * 15 * 0.98), stalls, stall_seconds, errors, latency_seconds,
           renditions
    from play_minutes
    cross join generate_series(0, 3) as number
    cross join lateral (select last_at - make_interval(secs => (3 - number) * 15) as at) moment
    where stream_id in ${sql(streamIds)} and at >= first_at`;
  await sql`create index on naive_beats (stream_id, at)`;
  await sql`create index on naive_beats (viewer_id, at)`;
  await sql`analyze naive_beats`;
}

export async function readNaiveReport(sql: postgres.Sql, { streamIds }: WatchingScene): Promise<NaiveReport> {
  const plays = sql`
    select stream_id, viewer_id, play_id, max(played_seconds) as played, max(stalls) as stalls,
           max(stall_seconds) as stall_seconds, max(errors) as errors, avg(latency_seconds) as latency,
           min(at) as first_at, max(at) as last_at
    from naive_beats where stream_id in ${sql(streamIds)} group by stream_id, viewer_id, play_id`;
  const [[total], , [peak]] = await Promise.all([
    sql<{ viewers: string; watched: number }[]>`
      select stream_id, count(distinct viewer_id) as viewers, sum(played) as watched, sum(stalls) as stalls,
             sum(stall_seconds) as stall_seconds, sum(errors) as errors, avg(latency) as latency
      from (${plays}) as play group by grouping sets ((stream_id), ()) order by stream_id nulls first`,
    // The curve.
    sql`
      select date_trunc('minute', at) as minute, count(distinct viewer_id) as viewers
      from naive_beats where stream_id in ${sql(streamIds)} group by 1 order by 1`,
    sql<{ viewers: string }[]>`
      select count(distinct viewer_id) as viewers from naive_beats where stream_id in ${sql(streamIds)}
      group by date_bin('15 seconds', at, timestamptz 'epoch') order by 1 desc limit 1`,
    // Attendance, which shares and scores are made of.
    sql`select viewer_id, sum(played) as watched, min(first_at), max(last_at) from (${plays}) as play group by viewer_id`,
    // What was shown.
    sql`
      select shown.key as name, sum(shown.value::float8) as seconds from (
        select distinct on (stream_id, viewer_id, play_id) renditions from naive_beats
        where stream_id in ${sql(streamIds)} order by stream_id, viewer_id, play_id, at desc
      ) as newest, jsonb_each_text(renditions) as shown group by 1`,
    // Who of the first tenth was there in each twentieth.
    sql`
      select stream_id, floor(extract(epoch from at - began) / 180) as slice, count(distinct viewer_id) as viewers
      from naive_beats join (
        select stream_id, date_trunc('hour', min(at)) as began from naive_beats
        where stream_id in ${sql(streamIds)} group by stream_id) as stage using (stream_id)
      where stream_id in ${sql(streamIds)} group by 1, 2`,
  ]);
  return {
    uniqueViewers: Number(total?.viewers ?? 0),
    peakViewers: Number(peak?.viewers ?? 0),
    watchSeconds: total?.watched ?? 0,
  };
}
