/** How a stream did over time. */
import { and, asc, desc, eq, gte, isNull, lte, or, sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import { broadcasts } from "../../db/schema/aftermath-tables.ts";
import type { StreamAnalytics, StreamSample } from "../../protocol/stream-health.ts";
import { averageOf, summaryOfSamples } from "./sample-summary.ts";
import { readStreamAudience } from "./stream-audience.ts";

/** What a chart shows; a longer time is cut into as many slices. */
const mostSamples = 360;
const sampleSeconds = 10;
const mostBroadcasts = 100;

export interface TimeSpan {
  from: Date;
  to: Date;
}

/** What is meant where no beginning was said: the newest broadcast that began before `to`, or else the hour before. */
export async function spanOf(db: Database, streamId: string, from: Date | null, to: Date): Promise<TimeSpan> {
  if (from !== null) return { from, to };
  const [newest] = await db
    .select({ startedAt: broadcasts.startedAt })
    .from(broadcasts)
    .where(and(eq(broadcasts.streamId, streamId), lte(broadcasts.startedAt, to)))
    .orderBy(desc(broadcasts.startedAt))
    .limit(1);
  return { from: newest?.startedAt ?? new Date(to.getTime() - 3_600_000), to };
}

export async function readAnalytics(
  db: Database,
  streamId: string,
  span: TimeSpan,
): Promise<StreamAnalytics> {
  const [samples, found, audience] = await Promise.all([
    readSamples(db, streamId, span),
    readBroadcasts(db, streamId, span),
    readStreamAudience(db, streamId, span),
  ]);
  return { streamId, broadcasts: found, samples, audience };
}

/** Summaries of slices of equal length, oldest first; each stands at the first instant that it has. */
async function readSamples(db: Database, streamId: string, { from, to }: TimeSpan): Promise<StreamSample[]> {
  const seconds = Math.max(sampleSeconds, (to.getTime() - from.getTime()) / 1000 / mostSamples);
  const rows = await db.execute<{
    at: Date | string;
    sample: Omit<StreamSample, "at" | "viewers">;
    viewers: number;
  }>(sql`
    select min(at) as at, ${summaryOfSamples} as sample, max(viewers) as viewers
    from stream_samples
    where stream_id = ${streamId} and at between ${from.toISOString()}::timestamptz and ${to.toISOString()}::timestamptz
    group by floor(extract(epoch from at - ${from.toISOString()}::timestamptz) / ${seconds}::float8)
    order by 1 desc limit ${mostSamples}`);
  return rows
    .map(({ at, sample, viewers }) => ({ at: new Date(at).toISOString(), ...sample, viewers }))
    .reverse();
}

async function readBroadcasts(
  db: Database,
  streamId: string,
  { from, to }: TimeSpan,
): Promise<StreamAnalytics["broadcasts"]> {
  const averages = db
    .select({ bitrate: sql<number | null>`${averageOf("bitrateKbps")}` })
    .from(sql`stream_samples`)
    .where(
      sql`stream_samples.stream_id = ${streamId} and stream_samples.broadcast_id = ${broadcasts.id}
        and stream_samples.at between ${broadcasts.startedAt} and coalesce(${broadcasts.endedAt}, 'infinity')`,
    );
  const rows = await db
    .select({
      startedAt: broadcasts.startedAt,
      endedAt: broadcasts.endedAt,
      reconnects: broadcasts.reconnects,
      peakViewers: sql<number>`coalesce(${peakOf("minute")}, ${peakOf("hour")}, ${broadcasts.peakViewers})`,
      averageBitrateKbps: sql<number | null>`(${averages})`,
    })
    .from(broadcasts)
    .where(
      and(
        eq(broadcasts.streamId, streamId),
        lte(broadcasts.startedAt, to),
        or(isNull(broadcasts.endedAt), gte(broadcasts.endedAt, from)),
      ),
    )
    .orderBy(desc(broadcasts.startedAt), asc(broadcasts.id))
    .limit(mostBroadcasts);
  return rows.reverse().map(({ startedAt, endedAt, ...figures }) => ({
    startedAt: startedAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    ...figures,
  }));
}

/**
 * As reports have it: of the session that it was for, or of the stream where it was for none, in the minutes (or hours)
 * that it was in. Null where nothing is rolled up yet.
 */
function peakOf(span: "minute" | "hour") {
  return sql`(
    select max(rolled.peak_viewers) from watch_roll_ups as rolled
    where rolled.scope_id = coalesce(${broadcasts.sessionId}, ${broadcasts.streamId}) and rolled.span = ${span}
      and rolled.at between date_trunc(${span}, ${broadcasts.startedAt}, 'UTC') and coalesce(${broadcasts.endedAt}, 'infinity'))`;
}
