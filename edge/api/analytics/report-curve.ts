/** How many were there over time, and how much was said. */
import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { EventAnalytics } from "../../protocol/analytics.ts";
import { isoInstant, milliseconds } from "./report-rows.ts";
import { among } from "./roll-up-log.ts";

export const mostPoints = 1440;
/** Minutes, from one to a day. */
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1440];

/** How many minutes, hours and days somebody was there in; `bareHours` are hours whose minutes are no longer kept. */
export interface CurveSize {
  minutes: number;
  hours: number;
  bareHours: number;
  days: number;
}

/**
 * The shortest step, in seconds, with which there are surely at most 1,440 points. Where the minutes of any hour are
 * gone, no step is shorter than an hour.
 */
export function stepOf({ minutes, hours, bareHours, days }: CurveSize): number {
  const mostWith = (step: number) =>
    Math.min(minutes + bareHours, hours * Math.max(1, 60 / step), (days * 1440) / step);
  const step = steps.find((each) => (bareHours === 0 || each >= 60) && mostWith(each) <= mostPoints);
  return (step ?? 1440 * Math.ceil(days / mostPoints)) * 60;
}

/**
 * Times without a viewer and without a word have no point. In a step of several minutes, viewers are those of the
 * fullest minute (or hour, where the minutes are gone), and messages the mean a minute.
 */
export async function readCurve(
  db: Database,
  eventId: string,
  sessionIds: readonly string[],
): Promise<EventAnalytics["curve"]> {
  const [size] = await db.execute<{ minutes: number; hours: number; bare_hours: number; days: number }>(sql`
    select (count(*) filter (where span = 'minute'))::int as minutes,
           (count(*) filter (where span = 'hour'))::int as hours,
           (count(*) filter (where span = 'hour' and ${isBare}))::int as bare_hours,
           count(distinct date_bin('1 day', at, timestamptz 'epoch'))::int as days
    from watch_roll_ups rolled where scope_id = ${eventId}`);
  const { bare_hours: bareHours = 0, ...counted } = size ?? { minutes: 0, hours: 0, days: 0 };
  const stepSeconds = stepOf({ ...counted, bareHours });
  const rows = await db.execute<{
    at: number;
    viewers: number;
    peak: number;
    watched: number;
    messages: number;
  }>(
    sql`
    with watched as (
      select ${stepStart("at", stepSeconds)} as at, max(viewers) as viewers, max(peak_viewers) as peak,
             sum(watched_seconds) as watched
      from watch_roll_ups rolled
      where scope_id = ${eventId} and (span = 'minute' or ${isBare})
      group by 1
    ), said as (
      select ${stepStart("created_at", stepSeconds)} as at, count(*) as messages
      from chat_messages
      where session_id ${among(sessionIds)} and state = 'visible' and deleted_at is null
      group by 1
    )
    select ${milliseconds(sql`at`)} as at, coalesce(viewers, 0)::int as viewers, coalesce(peak, 0)::int as peak,
           coalesce(watched, 0)::float8 as watched,
           (coalesce(messages, 0) * 60.0 / ${stepSeconds}::int)::float8 as messages
    from watched full join said using (at) order by watched.at is null, at limit ${mostPoints}`,
  );
  return {
    stepSeconds,
    points: rows
      .sort((one, other) => one.at - other.at)
      .map(({ at, viewers, peak, watched, messages }) => ({
        at: isoInstant(at)!,
        viewers,
        peakViewers: peak,
        watchSeconds: watched,
        messages,
      })),
  };
}

/** Of an hour's row of `watch_roll_ups as rolled`: its minutes are no longer kept. */
export const isBare = sql`not exists (
  select from watch_roll_ups minute
  where minute.scope_id = rolled.scope_id and minute.span = 'minute'
    and minute.at >= rolled.at and minute.at < rolled.at + interval '1 hour')`;

function stepStart(column: "at" | "created_at", stepSeconds: number) {
  return sql`date_bin(make_interval(secs => ${stepSeconds}::int), ${sql.raw(column)}, timestamptz 'epoch')`;
}
