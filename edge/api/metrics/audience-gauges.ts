/**
 * Who watches and how well, for operators: by the definitions of `figures`, from what is rolled up. One statement, whose
 * cost is bounded by what runs now: windows of minutes and hours on their indices, and samples where every viewer counts.
 */
import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { figures } from "../../protocol/figures.ts";
import { renderGauge } from "./series.ts";

/** What is rolled up of a minute may change for so long: late beats. */
const settledMinutes = 2;
const windowMinutes = 5;
const windowHours = 24;
/** Players whose latency is read, plays whose join time is. */
const sampledPlayers = 500;
const sampledPlays = 1_000;
const joinMinutes = 15;
/** Subjects that wait for a roll-up: the oldest are looked at. */
const waitingLooked = 100;

/** A type, for the driver's rows. */
type Recent = { watched: number; stalls: number; stalled: number; errors: number };
type Figures = {
  minutes: Recent;
  hours: Recent;
  latency: number | null;
  join: number | null;
  waiting: number;
  lag: number;
};

/** Throws what the database throws. */
export async function renderAudienceGauges(db: Database, now: Date): Promise<string> {
  const at = sql`${now.toISOString()}::timestamptz`;
  const minute = sql`date_trunc('minute', ${at}, 'UTC')`;
  const recent = (condition: ReturnType<typeof sql>) => sql`(
    select jsonb_build_object(
      'watched', coalesce(sum(watched_seconds), 0), 'stalls', coalesce(sum(stalls), 0),
      'stalled', coalesce(sum(stall_seconds), 0), 'errors', coalesce(sum(errors), 0))
    from watch_roll_ups
    where ${condition} and starts_with(scope_id, 'str_'))`;
  const [read] = await db.execute<Figures>(sql`
    select
      ${recent(sql`span = 'minute'
        and at >= ${minute} - make_interval(mins => ${settledMinutes + windowMinutes})
        and at < ${minute} - make_interval(mins => ${settledMinutes})`)} as minutes,
      ${recent(sql`span = 'hour' and at > ${at} - make_interval(hours => ${windowHours})`)} as hours,
      (select avg(latency_seconds) from (
        select latency_seconds from play_minutes
        where minute = ${minute} - interval '1 minute' and latency_seconds is not null and not ended
        limit ${sampledPlayers}) as sampled) as latency,
      (select percentile_cont(0.5) within group (order by join_ms) / 1000 from (
        select join_ms from plays
        where first_at > ${at} - make_interval(mins => ${joinMinutes}) and join_ms is not null
        order by first_at desc limit ${sampledPlays}) as sampled) as join,
      (select count(*)::int from roll_up_marks where rolled_up_at < seen_at) as waiting,
      (select coalesce(greatest(max(extract(epoch from ${at} - least(seen_at, unread.minute))), 0), 0)::float8
        from (select * from roll_up_marks where rolled_up_at < seen_at order by seen_at limit ${waitingLooked}) as mark
        left join lateral (
          select min(told.minute) as minute from (
            -- By stream and not by session: else the planner walks through all the newer minutes of everyone.
            select first.minute from streams
            cross join lateral (
              select minute from play_minutes
              where stream_id = streams.id and minute > mark.rolled_up_at order by minute limit 1) as first
            where streams.id = mark.subject_id or streams.session_id = mark.subject_id
            union all
            (select minute from presence_minutes
              where session_id = mark.subject_id and minute > mark.rolled_up_at order by minute limit 1)) as told
        ) as unread on true) as lag`);
  return render(read!);
}

function render({ minutes, hours, latency, join, waiting, lag }: Figures): string {
  const windows = `Of all streams: in the ${windowMinutes} minutes that ended ${settledMinutes} minutes ago (5m), and in the last ${windowHours} hours (1d).`;
  const window = (name: string, help: string, of: (recent: Recent) => number) =>
    renderGauge(name, `${help} ${windows}`, [
      [{ window: "5m" }, of(minutes)],
      [{ window: "1d" }, of(hours)],
    ]);
  /** What nobody said is no series, and no zero. */
  const said = (name: string, help: string, value: number | null) =>
    renderGauge(name, help, value === null ? [] : [[{}, Number(value)]]);
  return [
    window("rostrum_watch_seconds", figures.watchSeconds, ({ watched }) => watched),
    window("rostrum_stalls", figures.stalls, ({ stalls }) => stalls),
    window("rostrum_stall_seconds", figures.stallSeconds, ({ stalled }) => stalled),
    window("rostrum_player_errors", figures.errors, ({ errors }) => errors),
    said(
      "rostrum_latency_seconds",
      `${figures.latencySeconds} Of at most ${sampledPlayers} players in the last whole minute.`,
      latency,
    ),
    said(
      "rostrum_join_seconds",
      `${figures.joinSeconds} Of the newest ${sampledPlays} plays of ${joinMinutes} minutes.`,
      join,
    ),
    said("rostrum_roll_ups_waiting", "Sessions and streams with news that are not rolled up.", waiting),
    said("rostrum_roll_up_lag_seconds", "Since when the oldest of that news waits.", lag),
  ].join("");
}
