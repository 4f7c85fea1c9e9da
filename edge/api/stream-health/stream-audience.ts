/** Who watched a stream in some time, for how long and how well: from roll-ups. */
import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { StreamAudience } from "../../protocol/analytics.ts";
import { qualityOf, renditionsOf, type WatchSums } from "../analytics/report-audience.ts";
import { isBare } from "../analytics/report-curve.ts";
import { isoInstant, milliseconds } from "../analytics/report-rows.ts";
import type { TimeSpan } from "./stream-analytics.ts";

/** Of the whole minutes that the span touches, or whole hours where minutes are no longer kept. */
export async function readStreamAudience(
  db: Database,
  streamId: string,
  { from, to }: TimeSpan,
): Promise<StreamAudience> {
  const [since, until] = [sql`${from.toISOString()}::timestamptz`, sql`${to.toISOString()}::timestamptz`];
  const [[sums], [seen], [plays]] = await Promise.all([
    db.execute<WatchSums>(sql`
      with rolled as materialized (
        select * from watch_roll_ups as rolled
        where scope_id = ${streamId} and at >= date_trunc(span, ${since}, 'UTC') and at <= ${until}
          and (span = 'minute' or ${isBare})
      )
      select coalesce(sum(watched_seconds), 0)::float8 as watched, coalesce(sum(stalls), 0)::int as stalls,
             coalesce(sum(stall_seconds), 0)::float8 as stall_seconds, coalesce(sum(errors), 0)::int as errors,
             coalesce(max(peak_viewers), 0) as peak,
             (select ${milliseconds(sql`min(at)`)} from rolled
              where peak_viewers > 0 and peak_viewers = (select max(peak_viewers) from rolled)) as peak_at,
             (select jsonb_object_agg(name, seconds) from (
                select key as name, sum(value::float8) as seconds
                from rolled, jsonb_each_text(renditions) group by key) shown) as renditions
      from rolled`),
    db.execute<{ viewers: number; latency: number | null }>(sql`
      select count(*)::int as viewers, avg(latency)::float8 as latency from (
        select avg(latency_seconds) as latency from viewer_hours
        where scope_id = ${streamId} and hour >= date_trunc('hour', ${since}, 'UTC') and hour <= ${until}
          and last_at >= ${since} and first_at <= ${until}
        group by viewer_id) viewer`),
    db.execute<{ join_ms: number | null }>(sql`
      select percentile_cont(0.5) within group (order by join_ms)::float8 as join_ms from plays
      where stream_id = ${streamId} and first_at between ${since} and ${until}`),
  ]);
  const viewers = seen?.viewers ?? 0;
  const watchSeconds = sums?.watched ?? 0;
  return {
    uniqueViewers: viewers,
    peakViewers: sums?.peak ?? 0,
    peakAt: isoInstant(sums?.peak_at ?? null),
    watchSeconds,
    averageWatchSeconds: viewers > 0 ? watchSeconds / viewers : 0,
    quality: qualityOf({
      joinMs: plays?.join_ms ?? null,
      stalls: sums?.stalls ?? 0,
      stallSeconds: sums?.stall_seconds ?? 0,
      errors: sums?.errors ?? 0,
      watchSeconds,
      latencySeconds: seen?.latency ?? null,
    }),
    renditions: renditionsOf(sums?.renditions ?? {}),
  };
}
