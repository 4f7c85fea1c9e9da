/** Who watched an event and each of its sessions, for how long and how well: from roll-ups, in four statements. */
import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { Deeds, Quality } from "../../protocol/analytics.ts";
import { deedCounts } from "./deed-counts.ts";
import { type DeedCount, meanEngagement, roundEngagement } from "./engagement.ts";
import { type Deed, deeds, type EngagementSettings } from "./engagement-settings.ts";
import { groupBy, isoInstant, milliseconds } from "./report-rows.ts";
import { type ReportScope, scopeRows } from "./report-scope.ts";
import { retentionSlices, type SlicesSeen } from "./retention-curve.ts";
import { among } from "./roll-up-log.ts";

type Row<Read extends (...args: never[]) => PromiseLike<readonly unknown[]>> = Awaited<
  ReturnType<Read>
>[number];
type Done = readonly Row<typeof readDone>[];

/** Of each scope, by its id; `eventId` is the scope that has all sessions. */
export async function readAudiences(
  db: Database,
  eventId: string,
  scopes: readonly ReportScope[],
  settings: EngagementSettings,
) {
  const sessionIds = [...new Set(scopes.flatMap((scope) => scope.sessionIds))];
  const [seen, sums, joins, done] = await Promise.all([
    readSeen(db, scopes),
    readSums(db, scopes),
    readJoins(db, eventId, sessionIds),
    readDone(db, eventId, scopes, sessionIds),
  ]);
  const rowsOf = <Of extends { scope_id: string }>(rows: readonly Of[]) =>
    groupBy(rows, (row) => row.scope_id);
  const [seenOf, sumsOf, joinsOf, doneOf] = [rowsOf(seen), rowsOf(sums), rowsOf(joins), rowsOf(done)];
  return new Map(
    scopes.map(({ scopeId }) => [
      scopeId,
      audienceOf(
        seenOf.get(scopeId) ?? [],
        sumsOf.get(scopeId)?.[0],
        joinsOf.get(scopeId)?.[0]?.join_ms ?? null,
        doneOf.get(scopeId) ?? [],
        settings,
      ),
    ]),
  );
}

export type Audience = Awaited<ReturnType<typeof readAudiences>> extends Map<string, infer Of> ? Of : never;

function audienceOf(
  seen: readonly Row<typeof readSeen>[],
  sums: Row<typeof readSums> | undefined,
  joinMs: number | null,
  done: Done,
  settings: EngagementSettings,
) {
  const sumOf = (figure: "viewers" | "signed_in" | "shares" | "latency" | "latencies") =>
    seen.reduce((sum, row) => sum + row[figure], 0);
  const viewers = sumOf("viewers");
  const watchShares = sumOf("shares");
  const watchSeconds = sums?.watched ?? 0;
  const firsts = seen.map((row) => row.first_at);
  const lasts = seen.map((row) => row.last_at);
  return {
    signedIn: sumOf("signed_in"),
    from: isoInstant(firsts.length > 0 ? Math.min(...firsts) : null),
    to: isoInstant(lasts.length > 0 ? Math.max(...lasts) : null),
    averageWatchShare: viewers > 0 ? Math.min(1, watchShares / viewers) : 0,
    seen: seen.map(({ slices, viewers }): SlicesSeen => ({ slices, viewers })),
    figures: {
      uniqueViewers: viewers,
      peakViewers: sums?.peak ?? 0,
      peakAt: isoInstant(sums?.peak_at ?? null),
      watchSeconds,
      averageWatchSeconds: viewers > 0 ? watchSeconds / viewers : 0,
      engagement: roundEngagement(meanEngagement({ viewers, watchShares, counts: countsOf(done) }, settings)),
      deeds: deedsOf(done),
      quality: qualityOf({
        joinMs,
        stalls: sums?.stalls ?? 0,
        stallSeconds: sums?.stall_seconds ?? 0,
        errors: sums?.errors ?? 0,
        watchSeconds,
        latencySeconds: sumOf("latencies") > 0 ? sumOf("latency") / sumOf("latencies") : null,
      }),
      renditions: renditionsOf(sums?.renditions ?? {}),
    },
  };
}

export function qualityOf(measured: {
  joinMs: number | null;
  stalls: number;
  stallSeconds: number;
  errors: number;
  watchSeconds: number;
  latencySeconds: number | null;
}): Quality {
  const { joinMs, stalls, stallSeconds, errors, watchSeconds, latencySeconds } = measured;
  const seconds = stallSeconds + watchSeconds;
  return {
    joinSeconds: joinMs === null ? null : joinMs / 1000,
    stalls,
    stallSeconds,
    stallShare: seconds > 0 ? stallSeconds / seconds : null,
    latencySeconds,
    errors,
  };
}

/** The longest shown first. */
export function renditionsOf(seconds: Record<string, number>): { name: string; seconds: number }[] {
  return Object.entries(seconds)
    .map(([name, each]) => ({ name, seconds: each }))
    .sort((one, other) => other.seconds - one.seconds || (one.name < other.name ? -1 : 1));
}

function deedsOf(done: Done): Deeds {
  const sumOf = (deed: Deed) =>
    done.filter((row) => row.deed === deed).reduce((sum, { times }) => sum + times, 0);
  return Object.fromEntries(deeds.map((deed) => [deed, sumOf(deed)])) as Deeds;
}

/** Of those who were there: what was done by others has no share in a mean over viewers. */
function countsOf(done: Done): DeedCount[] {
  return done.map(({ deed, known, viewers }) => ({ deed, times: known, viewers }));
}

/** Viewers by the slices of the session that they were there in, with sums of what each of them watched. */
function readSeen(db: Database, scopes: readonly ReportScope[]) {
  // How far into its session an instant lies, in slices.
  const slice = (at: "first_at" | "last_at") =>
    sql`floor(extract(epoch from seen.${sql.raw(at)} - scope.from_at)::float8 / scope.seconds * ${retentionSlices}::int)`;
  const last = retentionSlices - 1;
  return db.execute<{
    scope_id: string;
    slices: number;
    viewers: number;
    signed_in: number;
    shares: number;
    latency: number;
    latencies: number;
    first_at: number;
    last_at: number;
  }>(sql`
    with viewer as (
      select seen.scope_id, seen.viewer_id, min(seen.first_at) as first_at, max(seen.last_at) as last_at,
             case when scope.seconds > 0 then least(1, sum(seen.watched_seconds) / scope.seconds) else 0 end as share,
             avg(seen.latency_seconds) as latency,
             bit_or(case when scope.from_at is null or scope.seconds <= 0 then 0
               when ${slice("last_at")} < 0 or ${slice("first_at")} > ${last}::int then 0
               else (1 << (least(${slice("last_at")}, ${last}::int)::int + 1))
                 - (1 << greatest(${slice("first_at")}, 0)::int) end) as slices
      from ${scopeRows(scopes)} join viewer_hours seen on seen.scope_id = scope.id
      -- Said once more for the planner, who cannot tell how many scopes there are.
      where seen.scope_id ${among(idsOf(scopes))}
      group by seen.scope_id, seen.viewer_id, scope.seconds
    )
    select scope_id, slices, count(*)::int as viewers,
           -- Also who deleted the account since.
           (count(*) filter (where starts_with(viewer_id, 'usr_')
             or viewer_id in (select watched_as from users where watched_as is not null)))::int as signed_in,
           sum(share)::float8 as shares, coalesce(sum(latency), 0)::float8 as latency,
           count(latency)::int as latencies,
           ${milliseconds(sql`min(first_at)`)} as first_at, ${milliseconds(sql`max(last_at)`)} as last_at
    from viewer group by scope_id, slices`);
}

/** What roll-ups of a scope come to, as statements answer it: a type, for the driver's rows. */
export type WatchSums = {
  watched: number;
  stalls: number;
  stall_seconds: number;
  errors: number;
  peak: number;
  peak_at: number | null;
  renditions: Record<string, number> | null;
};

/** Sums of the hours, which are kept for as long as the event is; the peak's minute while minutes are. */
function readSums(db: Database, scopes: readonly ReportScope[]) {
  return db.execute<WatchSums & { scope_id: string }>(sql`
    select scope.id as scope_id, hour.watched, hour.stalls, hour.stall_seconds, hour.errors, hour.peak,
           (select ${milliseconds(sql`coalesce(
              min(at) filter (where span = 'minute'), min(at) filter (where span = 'hour'))`)}
            from watch_roll_ups reached
            where reached.scope_id = scope.id and reached.peak_viewers = hour.peak and hour.peak > 0) as peak_at,
           (select jsonb_object_agg(name, seconds) from (
              select shown.key as name, sum(shown.value::float8) as seconds
              from watch_roll_ups rolled, jsonb_each_text(rolled.renditions) shown
              where rolled.scope_id = scope.id and rolled.span = 'hour' group by shown.key) shown) as renditions
    from ${scopeRows(scopes)}
    join lateral (
      select sum(watched_seconds)::float8 as watched, sum(stalls)::int as stalls,
             sum(stall_seconds)::float8 as stall_seconds, sum(errors)::int as errors, max(peak_viewers) as peak
      from watch_roll_ups where scope_id = scope.id and span = 'hour'
    ) hour on hour.watched is not null`);
}

/** The median over plays, of each session and of all together. */
function readJoins(db: Database, eventId: string, sessionIds: readonly string[]) {
  return db.execute<{ scope_id: string; join_ms: number | null }>(sql`
    select coalesce(session_id, ${eventId}) as scope_id,
           percentile_cont(0.5) within group (order by join_ms)::float8 as join_ms
    from plays where session_id ${among(sessionIds)} and join_ms is not null
    group by grouping sets ((session_id), ())`);
}

/** How many did what how often, in each session and in all: `viewers` are those of them who were there. */
function readDone(
  db: Database,
  eventId: string,
  scopes: readonly ReportScope[],
  sessionIds: readonly string[],
) {
  return db.execute<{ scope_id: string; deed: Deed; known: number; times: number; viewers: number }>(sql`
    with done as materialized (select * from ${deedCounts(among(sessionIds))} deed),
    scoped as (
      select session_id as scope_id, user_id, deed, times, known from done
      union all
      select ${eventId}, user_id, deed, sum(times), sum(known) from done group by user_id, deed
    ),
    viewer as (
      select distinct scope_id, viewer_id from viewer_hours
      where scope_id ${among(idsOf(scopes))}
    )
    select scoped.scope_id, scoped.deed, scoped.known::int as known, sum(scoped.times)::int as times,
           count(viewer.viewer_id)::int as viewers
    from scoped join users person on person.id = scoped.user_id
    left join viewer on viewer.scope_id = scoped.scope_id
      -- What somebody watched who deleted the account is kept under another id; the score is as it was.
      and viewer.viewer_id = coalesce(person.watched_as, person.id)
    group by scoped.scope_id, scoped.deed, scoped.known`);
}

function idsOf(scopes: readonly ReportScope[]): string[] {
  return scopes.map(({ scopeId }) => scopeId);
}
