/** What single viewers watched and did in an event or a session. */
import { sql } from "drizzle-orm";
import type { Database } from "../../db/open-database.ts";
import type { Deeds, Engagement, Quality } from "../../protocol/analytics.ts";
import { deedCounts } from "./deed-counts.ts";
import { engagementOf, roundEngagement } from "./engagement.ts";
import { type Deed, deeds, type EngagementSettings } from "./engagement-settings.ts";
import { qualityOf, renditionsOf } from "./report-audience.ts";
import { amongMany, groupBy, milliseconds } from "./report-rows.ts";
import { type ReportScope, readScope, watchShareOf } from "./report-scope.ts";
import { among } from "./roll-up-log.ts";

export interface ViewerFigures {
  viewerId: string;
  /** Null: anonymous, or deleted since. */
  user: { id: string; name: string; email: string } | null;
  firstSeenAt: Date;
  lastSeenAt: Date;
  watchSeconds: number;
  /** 0 to 1. */
  watchShare: number;
  /** Without questions whose asker is hidden from staff. */
  deeds: Deeds;
  engagement: Engagement;
  quality: Quality;
  renditions: { name: string; seconds: number }[];
  devices: string[];
  browsers: string[];
}

export function reportScopeOfEvent(db: Database, eventId: string, now: Date): Promise<ReportScope | null> {
  return readScope(db, { eventId }, now);
}

export function reportScopeOfSession(
  db: Database,
  sessionId: string,
  now: Date,
): Promise<ReportScope | null> {
  return readScope(db, { sessionId }, now);
}

/** Everyone who was there, in the order of their ids; one page at a time is in memory. */
export async function* readViewerFigures(
  db: Database,
  scope: ReportScope,
  settings: EngagementSettings,
  pageSize = 1000,
): AsyncGenerator<ViewerFigures[]> {
  for (let after = ""; ; ) {
    const ids = await db.execute<{ viewer_id: string }>(sql`
      select distinct viewer_id from viewer_hours
      where scope_id = ${scope.scopeId} and viewer_id > ${after} order by viewer_id limit ${pageSize}`);
    const last = ids.at(-1)?.viewer_id;
    if (last === undefined) return;
    yield await figuresOfViewers(
      db,
      scope,
      settings,
      ids.map((row) => row.viewer_id),
    );
    if (ids.length < pageSize) return;
    after = last;
  }
}

/** Of those of them who were there, in the order of their ids; four statements. At most some thousands. */
export async function figuresOfViewers(
  db: Database,
  scope: ReportScope,
  settings: EngagementSettings,
  viewerIds: readonly string[],
): Promise<ViewerFigures[]> {
  const [watched, done, played] = await Promise.all([
    readWatched(db, scope, viewerIds),
    readDone(db, scope, viewerIds),
    readPlayed(db, scope, viewerIds),
  ]);
  const doneBy = groupBy(done, (row) => row.viewer_id);
  const playedBy = new Map(played.map((row) => [row.viewer_id, row]));
  return watched.map((row) => {
    const watchShare = watchShareOf(row.watched, scope);
    const deedsDone = deedsOf(doneBy.get(row.viewer_id) ?? []);
    const plays = playedBy.get(row.viewer_id);
    return {
      viewerId: row.viewer_id,
      user:
        row.name === null || row.email === null
          ? null
          : { id: row.viewer_id, name: row.name, email: row.email },
      firstSeenAt: new Date(row.first_at),
      lastSeenAt: new Date(row.last_at),
      watchSeconds: row.watched,
      watchShare,
      deeds: deedsDone,
      engagement: roundEngagement(engagementOf({ watchShare, deeds: deedsDone }, settings)),
      quality: qualityOf({
        joinMs: plays?.join_ms ?? null,
        stalls: row.stalls,
        stallSeconds: row.stall_seconds,
        errors: row.errors,
        watchSeconds: row.watched,
        latencySeconds: row.latency,
      }),
      renditions: renditionsOf(row.renditions ?? {}),
      devices: plays?.devices ?? [],
      browsers: plays?.browsers ?? [],
    };
  });
}

function deedsOf(done: readonly { deed: Deed; times: number }[]): Deeds {
  const timesOf = (deed: Deed) => done.find((row) => row.deed === deed)?.times ?? 0;
  return Object.fromEntries(deeds.map((deed) => [deed, timesOf(deed)])) as Deeds;
}

function readWatched(db: Database, { scopeId }: ReportScope, viewerIds: readonly string[]) {
  return db.execute<{
    viewer_id: string;
    name: string | null;
    email: string | null;
    first_at: number;
    last_at: number;
    watched: number;
    stalls: number;
    stall_seconds: number;
    errors: number;
    latency: number | null;
    renditions: Record<string, number> | null;
  }>(sql`
    with seen as (
      select * from viewer_hours where scope_id = ${scopeId} and viewer_id ${amongMany(viewerIds)}
    ), shown as (
      select viewer_id, jsonb_object_agg(name, seconds) as renditions from (
        select viewer_id, each.key as name, sum(each.value::float8) as seconds
        from seen, jsonb_each_text(renditions) each group by 1, 2) by_name
      group by viewer_id
    ), summed as (
      select viewer_id, min(first_at) as first_at, max(last_at) as last_at, sum(watched_seconds) as watched,
             sum(stalls) as stalls, sum(stall_seconds) as stall_seconds, sum(errors) as errors,
             avg(latency_seconds) as latency
      from seen group by viewer_id
    )
    select summed.viewer_id, person.name, person.email, ${milliseconds(sql`first_at`)} as first_at,
           ${milliseconds(sql`last_at`)} as last_at, watched::float8 as watched, stalls::int as stalls,
           stall_seconds::float8 as stall_seconds, errors::int as errors, latency::float8 as latency, renditions
    from summed left join shown on shown.viewer_id = summed.viewer_id
    left join users person on person.id = summed.viewer_id and person.deleted_at is null
    order by summed.viewer_id`);
}

/** Also of those who deleted the account since: what they watched is kept under another id than what they did. */
async function readDone(db: Database, { sessionIds }: ReportScope, viewerIds: readonly string[]) {
  const gone = await db.execute<{ id: string }>(
    sql`select id from users where watched_as ${amongMany(viewerIds)}`,
  );
  const userIds = [...viewerIds, ...gone.map(({ id }) => id)];
  return db.execute<{ viewer_id: string; deed: Deed; times: number }>(sql`
    select coalesce(person.watched_as, person.id) as viewer_id, deed, sum(known)::int as times
    from ${deedCounts(among(sessionIds), amongMany(userIds))} done join users person on person.id = done.user_id
    group by coalesce(person.watched_as, person.id), deed`);
}

function readPlayed(db: Database, { sessionIds }: ReportScope, viewerIds: readonly string[]) {
  return db.execute<{ viewer_id: string; join_ms: number | null; devices: string[]; browsers: string[] }>(sql`
    select viewer_id, percentile_cont(0.5) within group (order by join_ms)::float8 as join_ms,
           jsonb_agg(distinct device) as devices, jsonb_agg(distinct browser) as browsers
    from plays where session_id ${among(sessionIds)} and viewer_id ${amongMany(viewerIds)}
    group by viewer_id`);
}
